/**
 * When a `<scroll-view>` reaches an edge: `upper-threshold` and `lower-threshold` say from how far away.
 * https://developers.weixin.qq.com/miniprogram/dev/component/scroll-view.html
 */

/** The edge that a scroll-view has reached in one direction. */
export type Edge = 'upper' | 'lower' | 'none'

/** Where a scroll-view stands in one direction; all in px. */
export interface ScrollPosition {
  offset: number
  visible: number
  total: number
  upperThreshold: number
  lowerThreshold: number
}

/** Which edge is within its threshold; the lower one where both are. */
export function findEdge(position: ScrollPosition): Edge {
  const { offset, visible, total, upperThreshold, lowerThreshold } = position
  if (offset + visible >= total - lowerThreshold) return 'lower'
  return offset <= upperThreshold ? 'upper' : 'none'
}
