/**
 * The last error handler: writes errors that no page caught to WeChat's real-time log (开发管理 → 运维中心
 * → 实时日志) and shows one sentence to the user, at most every few seconds. It never throws, and it
 * logs no error's cause, because that may contain a request.
 */

import { isAuthError, userMessage } from '../auth/index'
import { texts } from '../texts'
import { hasApi } from './base-library'

const quietMs = 5000
let lastToastAtMs = 0

/** Accepts any thrown value: a message, an Error, an AuthError. */
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
