/** The errors of failed calls to WeChat: what the client gets, and what only the log gets. */
import { ApiError } from '../errors'
import type { Logger } from '../logger'
import { meaningOf } from './errcodes'
import type { ErrcodeMeaning } from './errcodes'

export class WechatError extends ApiError {
  /** 0 when WeChat gave no errcode: a timeout, a broken answer. */
  readonly errcode: number
  /** WeChat's id of the request, for its support; null without one. */
  readonly rid: string | null
  /** About the code or the person; WeChat itself works. */
  readonly personal: boolean

  /** @param meaning from the table, unless the errcode means something else in this API. */
  constructor(errcode: number, rid: string | null, meaning = meaningOf(errcode)) {
    const { code, message, personal = false, ...options } = meaning
    super(code, message, options)
    this.errcode = errcode
    this.rid = rid
    this.personal = personal
  }
}

/** The call was not sent, so the code that it carries is not spent. */
export class NotSentError extends WechatError {
  /** @param options `because`: the error of another call that this one needs. */
  constructor(
    code: ErrcodeMeaning['code'],
    message: string,
    options: { retryAfterSeconds?: number | null; because?: WechatError } = {},
  ) {
    const { because, retryAfterSeconds } = options
    super(because?.errcode ?? 0, because?.rid ?? null, {
      code,
      message,
      alert: because?.alert ?? false,
      ...(typeof retryAfterSeconds === 'number' && { retryAfterSeconds }),
    })
  }
}

/** Logs the alert of an error that is not sent to a client. */
export function logAlert(logger: Pick<Logger, 'error'>, { alert, errcode, message }: WechatError) {
  if (alert) logger.error({ errcode, alert }, message)
}

/** WeChat could not be reached or did not answer as documented. */
export function wechatUnavailable(detail: string): WechatError {
  const message = `WeChat is not available: ${detail}.`
  return new WechatError(0, null, { ...meaningOf(0), message })
}
