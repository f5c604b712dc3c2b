/**
 * How far a `<movable-view>` may move in its `<movable-area>`: a smaller one stays inside, a larger one keeps
 * covering the area. It is scaled around its middle.
 * https://developers.weixin.qq.com/miniprogram/dev/component/movable-view.html
 */

/** One direction of a view in its area, in px before it is scaled. */
export interface MovableSizes {
  view: number
  area: number
  scale: number
}

/** The nearest offset that is allowed. */
export function limitOffset(offset: number, { view, area, scale }: MovableSizes): number {
  const beyond = ((scale - 1) * view) / 2
  const [one, other] = [beyond, area - view - beyond]
  return Math.min(Math.max(offset, Math.min(one, other)), Math.max(one, other))
}
