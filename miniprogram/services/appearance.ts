/**
 * The text size that the user has chosen. WeChat applies 「我 → 设置 → 通用 → 字体大小」 to its own pages but
 * not to mini-programs, so each page passes this factor to its styles as `--font-scale`.
 */

import { hasApi } from './base-library'

const smallest = 1
const largest = 1.6

/** Between 1 and 1.6; 1 when the host does not report it (base library below 2.23.4). */
export function getFontScale(): number {
  if (!hasApi('getAppBaseInfo')) return smallest
  const { fontSizeScaleFactor } = wx.getAppBaseInfo()
  // Absent below base library 2.23.4, whatever the typings promise.
  if (!Number.isFinite(fontSizeScaleFactor)) return smallest
  return Math.min(largest, Math.max(smallest, fontSizeScaleFactor))
}
