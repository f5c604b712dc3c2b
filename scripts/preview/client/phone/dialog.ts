/**
 * A dialog above the page, with a backdrop and a panel. It takes the focus and restores it
 * afterwards. Escape and a click on the backdrop dismiss it (null), unless an answer is required.
 * Only one is open at a time: the next one waits.
 */
import { h } from '../markup'

export interface DialogOptions {
  /** `sheet` slides up from the bottom, `modal` is centred. */
  kind: 'sheet' | 'modal'
  /** Label for screen readers. */
  label: string
  testid: string
  /** False when only a button may close it. Default true. */
  canDismiss?: boolean
}

type Close<T> = (answer: T | null) => void

let last: Promise<unknown> = Promise.resolve()

function open<T>(
  layer: HTMLElement,
  options: DialogOptions,
  fill: (close: Close<T>) => (Node | null)[],
): Promise<T | null> {
  return new Promise((resolve) => {
    const before = document.activeElement
    const close: Close<T> = (answer) => {
      shade.remove()
      if (before instanceof HTMLElement) before.focus({ preventScroll: true })
      resolve(answer)
    }
    const { kind, label, testid, canDismiss = true } = options
    const panel = h('div', {
      class: `pv-dialog pv-${kind}`,
      role: 'dialog',
      'aria-modal': 'true',
      'aria-label': label,
      'data-testid': testid,
      tabindex: -1,
    })
    panel.append(...fill(close).filter((child) => child !== null))
    const shade = h('div', { class: 'pv-shade' }, panel)
    shade.addEventListener('click', (event) => {
      if (canDismiss && event.target === shade) close(null)
    })
    shade.addEventListener('keydown', (event) => {
      if (canDismiss && event.key === 'Escape') close(null)
    })
    layer.append(shade)
    panel.focus({ preventScroll: true })
  })
}

/** Opens a dialog once all earlier ones are closed; resolves with the answer, null if dismissed. */
export function openDialog<T>(
  layer: HTMLElement,
  options: DialogOptions,
  fill: (close: Close<T>) => (Node | null)[],
): Promise<T | null> {
  const shown = last.then(() => open(layer, options, fill))
  last = shown
  return shown
}
