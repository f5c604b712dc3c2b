/**
 * The last catch: what no page handled is written to WeChat's real-time log (开发管理 → 运维中心 →
 * 实时日志) and told to the user in one sentence, at most every few seconds. It never throws, and no
 * error's cause is logged, since it may hold a request.
 */

import { isAuthError, userMessage } from '../auth/index'
import { texts } from '../texts'
import { hasApi } from './base-library'

const quietMs = 5000
let lastToastAtMs = 0

/** Takes whatever was thrown: a message, an Error, an AuthError. */
export function reportError(reason: unknown): void {
  log(reason)
  const nowMs = Date.now()
  if (nowMs - lastToastAtMs < quietMs) return
  lastToastAtMs = nowMs
  const title = isAuthError(reason) ? userMessage(reason) : texts.common.unexpected
  void wx.showToast({ title, icon: 'none' })
}

/** https://developers.weixin.qq.com/miniprogram/dev/api/base/debug/wx.getRealtimeLogManager.html */
function log(reason: unknown): void {
  if (!hasApi('getRealtimeLogManager')) return
  wx.getRealtimeLogManager().error(describe(reason))
}

function describe(reason: unknown): string {
  if (!isAuthError(reason)) return String(reason)
  const { kind, code, status, requestId } = reason
  return JSON.stringify({ kind, code, status, requestId })
}
