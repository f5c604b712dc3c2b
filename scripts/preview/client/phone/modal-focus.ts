/**
 * Moves the keyboard focus into a mini-program's own dialog (`aria-modal`), and afterwards back to
 * the element that opened it. WeChat's WebView can't do this, but a browser has a keyboard.
 */

/** A bound `aria-modal="{{true}}"` arrives as an empty attribute. */
const MODAL = '[aria-modal]:not([aria-modal="false"])'

/** Tracks dialogs that appear and disappear inside `pages`. */
export function followModals(pages: HTMLElement): void {
  const openers = new Map<Element, Element | null>()
  const observer = new MutationObserver(() => {
    for (const modal of pages.querySelectorAll<HTMLElement>(MODAL)) {
      if (openers.has(modal)) continue
      openers.set(modal, document.activeElement)
      if (!modal.hasAttribute('tabindex')) modal.tabIndex = -1
      modal.focus({ preventScroll: true })
    }
    for (const [modal, opener] of openers) {
      if (modal.isConnected) continue
      openers.delete(modal)
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus({ preventScroll: true })
    }
  })
  observer.observe(pages, { childList: true, subtree: true, attributeFilter: ['aria-modal'] })
}
