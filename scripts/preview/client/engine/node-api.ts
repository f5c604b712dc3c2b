/**
 * The results of `SelectorQuery`'s `node` and `context` for a built-in element: a canvas, or the
 * context of a scroll-view. The elements provide them, see elements/.
 */

const apis = new WeakMap<Element, object>()

/** Registers an object as the node of a built-in element. */
export function offerNodeApi(element: Element, api: object): void {
  apis.set(element, api)
}

/** The node of a built-in element; null when it has none. */
export function findNodeApi(element: Element): object | null {
  return apis.get(element) ?? null
}
