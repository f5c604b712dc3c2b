/**
 * The error of the library, and the table that classifies WeChat's failures. It is recognised by its fields
 * and not by class, since old compilers break `extends Error`. Its message never contains a token.
 */
import { fieldsOf, findText } from './values'

export type AuthErrorKind =
  'network' | 'timeout' | 'api' | 'protocol' | 'denied' | 'unsupported' | 'aborted' | 'signed-out'

/** The text for the user when only the kind of the error is known. */
export const textsByKind: Record<AuthErrorKind, string> = {
  network: '网络不佳，请检查后重试',
  timeout: '网络不佳，请检查后重试',
  api: '服务不可用，请稍后再试',
  protocol: '服务不可用，请稍后再试',
  denied: '你没有授权',
  unsupported: '微信暂不支持此功能',
  aborted: '操作已取消',
  'signed-out': '请先登录',
}

interface AuthErrorDetails {
  /** The server's error code, or one of ours: `ANONYMOUS_PROFILE`, `MOCK_CODE`, `NO_TAP` … */
  code?: string | undefined
  /** The HTTP status, if there was an answer. */
  status?: number | undefined
  requestId?: string | undefined
  /** How long the server asked us to wait, in milliseconds. */
  retryAfterMs?: number | undefined
  /** Whether the server refused the token; unless the kind is `signed-out`, a new login may help. */
  isTokenRefused?: boolean | undefined
  /** What WeChat or the runtime said, for a log. */
  cause?: unknown
}

export interface AuthError extends Error, AuthErrorDetails {
  kind: AuthErrorKind
}

export function createAuthError(
  kind: AuthErrorKind,
  message: string = kind,
  details?: Partial<AuthError>,
): AuthError {
  return Object.assign(new Error(message), { name: 'AuthError', kind }, details)
}

/** True for every error that this library rejects with, also from another copy of it. */
export function isAuthError(value: unknown): value is AuthError {
  return findText(textsByKind, fieldsOf(value)['kind']) !== undefined
}

/** Calls a function of the page; a mistake in it is reported and stops nothing here. */
export function callSafely(run: () => void): void {
  try {
    run()
  } catch (mistake) {
    console.error(mistake)
  }
}

/** Throws `unsupported` for an option or a path that can't work; `rule` describes valid ones. */
export function assertOption(isGood: boolean, rule: string, value: string | number): void {
  if (!isGood) throw createAuthError('unsupported', `${rule}, not '${value}'`)
}

/**
 * Matched against `errno errMsg`: the number exists since base library 2.24.0, texts differ between clients.
 * 102002 is the timeout of wx.cloud.
 */
const failures: [pattern: RegExp, kind: AuthErrorKind, code?: string][] = [
  [/^(5|102002) |timed? ?out/i, 'timeout'],
  [/^112 |not declared in/, 'unsupported', 'PRIVACY_NOT_DECLARED'],
  [/^1400001 /, 'unsupported', 'PHONE_QUOTA'],
  [/tap gesture/i, 'unsupported', 'NO_TAP'],
  [/^(100|102|1402101|1421102) /, 'unsupported'],
  // Android's "Software caused connection abort" is a network failure.
  [/fail:? ?abort/, 'aborted'],
  // wx.request, uploadFile, downloadFile, connectSocket, callFunction and callContainer ask nobody: their "access
  // denied" and "not supported" are the network's.
  [/(request|File|Socket|Function|Container):/, 'network'],
  [/not support|no permission|blocked/, 'unsupported'],
  [/^(1|103|104) |den(y|ied)|[Cc]ancel|not authorized/, 'denied'],
]

/**
 * Classifies what a `fail` callback or a button's event got: `{errMsg, errno}`, or nothing at all.
 * @see https://developers.weixin.qq.com/miniprogram/dev/framework/usability/PublicErrno.html
 */
export function parseFailure(cause: unknown, otherwise: AuthErrorKind): AuthError {
  if (isAuthError(cause)) return cause
  const { errno, errCode, errMsg = cause } = fieldsOf(cause) as Record<string, string>
  const text = [errno ?? errCode, errMsg].join(' ')
  const [, kind = otherwise, code] = failures.find(([pattern]) => pattern.test(text)) ?? []
  return createAuthError(kind, text, { code, cause })
}
