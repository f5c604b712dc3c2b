/**
 * Where things are on the page. WeChat measures from the top left of the page's own area, which begins
 * below the navigation bar; the browser measures from its window.
 */
import type * as glassEasel from 'glass-easel'

/** A rectangle in the coordinates of its page, in px. */
interface PageRect {
  left: number
  top: number
  right: number
  bottom: number
  width: number
  height: number
}

type Node = Pick<glassEasel.Element, 'getBackendElement'>

/** What shows a node; null for one without an element of its own (`virtualHost`). */
export function elementOf(node: Node): HTMLElement | null {
  const element: unknown = node.getBackendElement()
  return element instanceof HTMLElement ? element : null
}

/** The page or the custom tab bar that a component is a part of. */
export function findRoot(component: glassEasel.GeneralComponent): glassEasel.GeneralComponent {
  let root = component
  while (root.ownerShadowRoot !== null) {
    root = root.ownerShadowRoot.getHostNode()
  }
  return root
}

/** The area of a page between its bars; does not scroll. */
export function findPageBody(element: Element): HTMLElement | null {
  return element.closest<HTMLElement>('.pv-page-body')
}

/** The part of a page that scrolls. */
export function findScroller(element: Element): HTMLElement | null {
  return findPageBody(element)?.querySelector<HTMLElement>('.pv-scroller') ?? null
}

/** Makes a rectangle of the browser's window one of the page around `within`. */
export function toPageRect(rect: DOMRectReadOnly, within: Element): PageRect {
  const body = findPageBody(within)?.getBoundingClientRect()
  const [x, y] = [body?.left ?? 0, body?.top ?? 0]
  const { left, top, right, bottom, width, height } = rect
  return { left: left - x, top: top - y, right: right - x, bottom: bottom - y, width, height }
}

/** Where an element is on its page. */
export function measure(element: Element): PageRect {
  return toPageRect(element.getBoundingClientRect(), element)
}
