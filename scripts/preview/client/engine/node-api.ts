/**
 * What `SelectorQuery`'s `node` and `context` answer for a built-in element: a canvas, the context of a
 * scroll-view. Elements offer it themselves, see elements/.
 */

const apis = new WeakMap<Element, object>()

/** Offers an object as the node of a built-in element. */
export function offerNodeApi(element: Element, api: object): void {
  apis.set(element, api)
}

/** The node of a built-in element; null for one that has none. */
export function findNodeApi(element: Element): object | null {
  return apis.get(element) ?? null
}
