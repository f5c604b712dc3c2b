/**
 * Positions on the page. WeChat measures from the top left of the page's own area, which begins
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

/** The DOM element of a node; null when it has none (`virtualHost`). */
export function elementOf(node: Node): HTMLElement | null {
  const element: unknown = node.getBackendElement()
  return element instanceof HTMLElement ? element : null
}

/** The page or custom tab bar that contains a component. */
export function findRoot(component: glassEasel.GeneralComponent): glassEasel.GeneralComponent {
  let root = component
  while (root.ownerShadowRoot !== null) {
    root = root.ownerShadowRoot.getHostNode()
  }
  return root
}

/** The area of a page between its bars, which does not scroll. */
export function findPageBody(element: Element): HTMLElement | null {
  return element.closest<HTMLElement>('.pv-page-body')
}

/** The scrolling part of a page. */
export function findScroller(element: Element): HTMLElement | null {
  return findPageBody(element)?.querySelector<HTMLElement>('.pv-scroller') ?? null
}

/** Converts a rectangle from window coordinates to those of the page around `within`. */
export function toPageRect(rect: DOMRectReadOnly, within: Element): PageRect {
  const body = findPageBody(within)?.getBoundingClientRect()
  const [x, y] = [body?.left ?? 0, body?.top ?? 0]
  const { left, top, right, bottom, width, height } = rect
  return { left: left - x, top: top - y, right: right - x, bottom: bottom - y, width, height }
}

/** The rectangle of an element on its page. */
export function measure(element: Element): PageRect {
  return toPageRect(element.getBoundingClientRect(), element)
}
