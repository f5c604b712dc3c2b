/**
 * Detects when a `<scroll-view>` reaches an edge; `upper-threshold` and `lower-threshold` set the
 * distance.
 * https://developers.weixin.qq.com/miniprogram/dev/component/scroll-view.html
 */

/** The edge that a scroll-view has reached on one axis. */
export type Edge = 'upper' | 'lower' | 'none'

/** The scroll position on one axis; all in px. */
export interface ScrollPosition {
  offset: number
  visible: number
  total: number
  upperThreshold: number
  lowerThreshold: number
}

/** The edge within its threshold; the lower one when both are. */
export function findEdge(position: ScrollPosition): Edge {
  const { offset, visible, total, upperThreshold, lowerThreshold } = position
  if (offset + visible >= total - lowerThreshold) return 'lower'
  return offset <= upperThreshold ? 'upper' : 'none'
}
