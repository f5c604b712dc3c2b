/**
 * Limits of a `<movable-view>` in its `<movable-area>`: a smaller view stays inside, a larger one
 * keeps covering the area. It is scaled around its centre.
 * https://developers.weixin.qq.com/miniprogram/dev/component/movable-view.html
 */

/** One axis of a view in its area, in px before scaling. */
export interface MovableSizes {
  view: number
  area: number
  scale: number
}

/** The nearest allowed offset. */
export function limitOffset(offset: number, { view, area, scale }: MovableSizes): number {
  const beyond = ((scale - 1) * view) / 2
  const [one, other] = [beyond, area - view - beyond]
  return Math.min(Math.max(offset, Math.min(one, other)), Math.max(one, other))
}
