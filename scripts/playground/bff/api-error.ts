/** The BFF's errors, as the contract defines them. */
import type { ErrorCode, Issue } from '../../../typings/api'
import { StorageFullError } from '../json-storage'

const STATUS_OF = {
  INVALID_REQUEST: 400,
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
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  WX_CODE_IN_FLIGHT: 409,
  SESSION_KEY_STALE: 409,
  BODY_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  IMAGE_REJECTED: 422,
  CONTENT_REJECTED: 422,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  WX_QUOTA: 503,
  WX_UNAVAILABLE: 503,
  WX_MISCONFIGURED: 503,
  STORAGE_UNAVAILABLE: 503,
} as const satisfies Partial<Record<ErrorCode, number>>

export type OwnCode = keyof typeof STATUS_OF

const RETRY_AFTER_SECONDS = 5

interface Details {
  issues?: Issue[]
  /** 5 by default, with 429 and 503. */
  retryAfterSeconds?: number
  headers?: Record<string, string>
}

export class ApiError extends Error {
  readonly status: number

  constructor(
    readonly code: OwnCode,
    message: string,
    readonly details: Details = {},
  ) {
    super(message)
    this.status = STATUS_OF[code]
  }

  /** The headers that its status requires. */
  get headers(): Record<string, string> {
    const { retryAfterSeconds = RETRY_AFTER_SECONDS, headers } = this.details
    const { code, status } = this
    return {
      ...(status === 401 && {
        'WWW-Authenticate': code === 'TOKEN_MISSING' ? 'Bearer' : 'Bearer error="invalid_token"',
      }),
      ...((status === 429 || status === 503) && { 'Retry-After': String(retryAfterSeconds) }),
      ...headers,
    }
  }
}

/** An INVALID_REQUEST with one issue. */
export const invalidRequest = (path: string, message: string): ApiError =>
  new ApiError('INVALID_REQUEST', `The request is not valid: ${path} ${message}.`, {
    issues: [{ path, message }],
  })

/** Turns any error into one of the contract; an error other than ApiError is a bug. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof StorageFullError) {
    return new ApiError('STORAGE_UNAVAILABLE', 'The browser stores no more for this page.')
  }
  console.error(error)
  return new ApiError('INTERNAL', 'Something went wrong in the playground.')
}
