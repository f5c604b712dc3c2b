/**
 * The error class that clients see, and the table of its codes.
 *
 * A message is one sentence for a developer. It never holds WeChat's raw errmsg, a secret, a stack
 * or the request's own body. Any other thrown error is a bug and answers INTERNAL.
 */
import type { ErrorCode, Issue } from '../typings/api'

/** HTTP status of each code, as the contract fixes it. */
export const STATUS_OF: Readonly<Record<ErrorCode, number>> = {
  INVALID_REQUEST: 400,
  STATE_INVALID: 400,
  TICKET_INVALID: 400,
  WX_CODE_INVALID: 400,
  WX_CODE_USED: 400,
  OPEN_DATA_INVALID: 400,
  TOKEN_MISSING: 401,
  TOKEN_INVALID: 401,
  TOKEN_EXPIRED: 401,
  SESSION_REVOKED: 401,
  SESSION_ENDED: 401,
  ACCOUNT_DELETED: 401,
  WX_USER_BLOCKED: 403,
  NOT_BOUND: 403,
  CROSS_SITE: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  WX_CODE_IN_FLIGHT: 409,
  ALREADY_BOUND: 409,
  SESSION_KEY_STALE: 409,
  REQUEST_ID_REUSED: 409,
  ORDER_NOT_PAYABLE: 409,
  BODY_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  IMAGE_REJECTED: 422,
  CONTENT_REJECTED: 422,
  REFUND_REJECTED: 422,
  RATE_LIMITED: 429,
  SLOW_DOWN: 429,
  INTERNAL: 500,
  WX_QUOTA: 503,
  WX_UNAVAILABLE: 503,
  WX_MISCONFIGURED: 503,
  PAY_UNAVAILABLE: 503,
  PAY_MISCONFIGURED: 503,
  STORAGE_UNAVAILABLE: 503,
  OVERLOADED: 503,
  SHUTTING_DOWN: 503,
}

/** Seconds of `Retry-After` if the error itself gives no number. */
const DEFAULT_RETRY_AFTER_SECONDS = 5

interface ApiErrorOptions {
  /** Sent as `Retry-After` with 429 and 503; 5 by default. */
  retryAfterSeconds?: number
  /** What is wrong with the request, one entry per place; with INVALID_REQUEST. */
  issues?: Issue[]
  /** An operator must act, so the error is logged as an alert. */
  alert?: boolean
  /** For the log only; it is never sent. */
  cause?: unknown
}

export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: ErrorCode
  readonly status: number
  readonly retryAfterSeconds: number | null
  readonly issues: Issue[] | null
  readonly alert: boolean

  constructor(code: ErrorCode, message: string, options: ApiErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.status = STATUS_OF[code]
    this.retryAfterSeconds =
      this.status === 429 || this.status === 503
        ? (options.retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS)
        : null
    this.issues = options.issues ?? null
    this.alert = options.alert ?? false
  }
}

/** The error of every store that can't be used at the moment. @param cause for the log only. */
export function storageUnavailable(cause: unknown): ApiError {
  return new ApiError('STORAGE_UNAVAILABLE', 'The database can not be used at the moment.', {
    retryAfterSeconds: 2,
    cause,
  })
}

/** The person ended the session from another one, or deleted the account. */
export type EndReason = 'ended-elsewhere' | 'account-deleted'

/**
 * The error for a session that is not live. After SESSION_REVOKED a client logs in again silently; after
 * the others it waits for a tap.
 * @param reason null if it expired, logged itself out or never existed.
 */
export function sessionEnded(reason: EndReason | null): ApiError {
  switch (reason) {
    case 'ended-elsewhere':
      return new ApiError('SESSION_ENDED', 'The person ended this session from another device.')
    case 'account-deleted':
      return new ApiError('ACCOUNT_DELETED', 'The person deleted the account.')
    case null:
      return new ApiError('SESSION_REVOKED', 'The session was ended: log in again.')
  }
}

/** Creates an INVALID_REQUEST with one issue. */
export function invalidRequest(path: string, message: string): ApiError {
  return new ApiError('INVALID_REQUEST', `The request is not valid: ${path} ${message}.`, {
    issues: [{ path, message }],
  })
}
