/**
 * The one error of the library, and the table that reads WeChat's failures. Recognised by shape, not by
 * class, since old compilers break `extends Error`. An error never carries a token in its message.
 */
export type AuthErrorKind =
  'network' | 'timeout' | 'api' | 'protocol' | 'denied' | 'unsupported' | 'aborted' | 'signed-out'

interface AuthErrorDetails {
  /** The server's error code, or one of ours: `ANONYMOUS_PROFILE`, `MOCK_CODE`, `NO_TAP` … */
  code?: string | undefined
  /** The HTTP status, where an answer came. */
  status?: number | undefined
  requestId?: string | undefined
  /** How long the server asked us to stay away, in milliseconds. */
  retryAfterMs?: number | undefined
  /** What WeChat or the runtime said, for a log. */
  cause?: unknown
}

export interface AuthError extends Error, AuthErrorDetails {
  kind: AuthErrorKind
}

export function createAuthError(
  kind: AuthErrorKind,
  message: string = kind,
  details?: AuthErrorDetails,
): AuthError {
  return Object.assign(new Error(message), { name: 'AuthError', kind }, details)
}

export function signedOut(): AuthError {
  return createAuthError('signed-out')
}

/** True for every error this library rejects with, also from another copy of it. */
export function isAuthError(value: unknown): value is AuthError {
  return (
    isObject(value) &&
    /^(network|timeout|api|protocol|denied|unsupported|aborted|signed-out)$/.test(
      value['kind'] as string,
    )
  )
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

const cannot: AuthErrorKind = 'unsupported'

/** Against `errno errMsg`: the number since base library 2.24.0, the text differs between clients. */
const failures: [pattern: RegExp, kind: AuthErrorKind, code?: string][] = [
  [/^5 |timed? ?out/i, 'timeout'],
  [/^112 |not declared in/, cannot, 'PRIVACY_NOT_DECLARED'],
  [/^1400001 /, cannot, 'PHONE_QUOTA'],
  [/tap gesture/i, cannot, 'NO_TAP'],
  [/^(100|102|1402101|1421102) |not support|no permission|blocked/, cannot],
  [/^(1|103|104) |den(y|ied)|[Cc]ancel|not authorized/, 'denied'],
  [/abort/, 'aborted'],
]

/**
 * Reads what a `fail` callback or a button's event got: `{errMsg, errno}`, or nothing at all.
 * @see https://developers.weixin.qq.com/miniprogram/dev/framework/usability/PublicErrno.html
 */
export function parseFailure(cause: unknown, otherwise: AuthErrorKind): AuthError {
  if (isAuthError(cause)) return cause
  const { errno, errMsg = cause } = (cause ?? {}) as Record<string, unknown>
  const text = `${errno as number} ${errMsg as string}`
  const [, kind, code] = failures.find(([pattern]) => pattern.test(text)) ?? [0, otherwise]
  return createAuthError(kind, text, { code, cause })
}
