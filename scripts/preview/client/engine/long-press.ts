/**
 * `longpress`: a finger or the mouse held for 350 ms. The following tap is suppressed when someone
 * listens to the long press, as in WeChat. `longtap` is its older name.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/view/wxml/event.html
 */
const HOLD_MS = 350
/** A finger that moves further than this is scrolling. */
const TOLERANCE_PX = 10

const names = ['longpress', 'longtap']
const listening = new WeakSet<Element>()
let isTapSpent = false

/** Remembers which elements listen to long presses. */
export function noteListener(element: Element, type: string): void {
  if (names.includes(type)) listening.add(element)
}

/** True once after a handled long press: the tap that follows it must be suppressed. */
export function takeSpentTap(): boolean {
  const wasSpent = isTapSpent
  isTapSpent = false
  return wasSpent
}

function isHeard(target: Element): boolean {
  for (let at: Element | null = target; at !== null; at = at.parentElement) {
    if (listening.has(at)) return true
  }
  return false
}

/** Tracks presses inside `screen`; `send` passes an event to the mini-program. */
export function followLongPresses(
  screen: HTMLElement,
  send: (event: PointerEvent, type: string) => void,
): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let start: PointerEvent | null = null
  const cancel = (): void => {
    clearTimeout(timer)
    start = null
  }
  const press = (event: PointerEvent): void => {
    if (!(event.target instanceof Element) || !isHeard(event.target)) return
    isTapSpent = true
    for (const name of names) send(event, name)
  }
  screen.addEventListener('pointerdown', (event) => {
    cancel()
    isTapSpent = false
    start = event
    timer = setTimeout(press, HOLD_MS, event)
  })
  screen.addEventListener('pointermove', ({ clientX, clientY }) => {
    if (start === null) return
    const distance = Math.max(Math.abs(clientX - start.clientX), Math.abs(clientY - start.clientY))
    if (distance > TOLERANCE_PX) cancel()
  })
  for (const name of ['pointerup', 'pointercancel']) window.addEventListener(name, cancel)
}
