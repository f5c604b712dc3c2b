/** An answer of WeChat that is no success, judged: what the wire gets, and what only the log gets. */
import { ApiError } from '../errors'
import { meaningOf } from './errcodes'

export class WechatError extends ApiError {
  /** 0 when WeChat gave no errcode: a timeout, a broken answer. */
  readonly errcode: number
  /** WeChat's id of the request, for its support; null without one. */
  readonly rid: string | null
  /** About the code or the person; WeChat itself is well. */
  readonly personal: boolean

  /** @param meaning by the table, unless this API means something else by it. */
  constructor(errcode: number, rid: string | null, meaning = meaningOf(errcode)) {
    super(meaning.code, meaning.message, {
      ...(meaning.retryAfterSeconds !== undefined && {
        retryAfterSeconds: meaning.retryAfterSeconds,
      }),
      ...(meaning.alert !== undefined && { alert: meaning.alert }),
    })
    this.errcode = errcode
    this.rid = rid
    this.personal = meaning.personal ?? false
  }
}

/** The call never left: nothing that it held was spent. */
export class NotSentError extends ApiError {}

/** WeChat could not be reached or did not answer as documented. */
export function wechatUnavailable(detail: string): WechatError {
  const message = `WeChat is not available: ${detail}.`
  return new WechatError(0, null, { ...meaningOf(0), message })
}
