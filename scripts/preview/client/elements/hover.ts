/**
 * `hover-class`: the classes of an element while it is pressed. Set through glass-easel, so that
 * the class prefixes of components apply.
 * https://developers.weixin.qq.com/miniprogram/dev/component/view.html
 */
import { nodeOf } from '../engine/backend'

function toggle(element: Element, isPressed: boolean): void {
  const classes = nodeOf(element)?.classList
  for (const name of (element.getAttribute('hover-class') ?? '').split(/\s+/)) {
    if (name !== '' && name !== 'none') classes?.toggle(name, isPressed)
  }
}

/** Tracks presses inside `screen`. */
export function followPresses(screen: HTMLElement): void {
  let pressed: Element | null = null
  const release = (): void => {
    if (pressed !== null) toggle(pressed, false)
    pressed = null
  }
  screen.addEventListener('pointerdown', (event) => {
    release()
    const target = event.target instanceof Element ? event.target : null
    pressed = target?.closest('[hover-class]:not([disabled])') ?? null
    if (pressed !== null) toggle(pressed, true)
  })
  for (const name of ['pointerup', 'pointercancel', 'blur']) {
    window.addEventListener(name, release)
  }
}
