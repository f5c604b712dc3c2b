/**
 * WeChat Pay's error codes and what each means for us.
 * https://pay.weixin.qq.com/doc/v3/merchant/4012791897
 */
import * as z from 'zod'
import type { ErrorCode } from '../../typings/api'
import { ApiError } from '../errors'

export class PayError extends ApiError {
  /** WeChat's code without underscores; '' when it gave none. */
  readonly reason: string

  constructor(
    code: ErrorCode,
    message: string,
    options: { reason?: string; alert?: boolean } = {},
  ) {
    const { reason = '', alert = false } = options
    super(code, message, { alert })
    this.reason = reason
  }
}

/** WeChat Pay could not be reached, or its answer could not be verified: the outcome is unknown. */
export function payUnavailable(detail: string, options: { alert?: boolean } = {}): PayError {
  return new PayError('PAY_UNAVAILABLE', `WeChat Pay is not available: ${detail}.`, options)
}

export function payMisconfigured(detail: string, reason = ''): PayError {
  const message = `WeChat Pay refuses this merchant's requests: ${detail}.`
  return new PayError('PAY_MISCONFIGURED', message, { reason, alert: true })
}

/** A verified answer. */
export interface PayAnswer {
  status: number
  /** undefined for an empty body, and for one that is not JSON. */
  json: unknown
}

const refusal = z.looseObject({ code: z.string() })

/**
 * WeChat's error code without underscores, since older pages write ORDERNOTEXIST for what newer
 * ones write as ORDER_NOT_EXIST; '' when there is none.
 */
export function reasonOf(json: unknown): string {
  const { success, data } = refusal.safeParse(json)
  const text = success ? data.code.replaceAll('_', '') : ''
  return /^[A-Z]{1,40}$/.test(text) ? text : ''
}

const MISCONFIGURED: Readonly<Record<string, string>> = {
  SIGNERROR: 'the signature is wrong; check PAY_SERIAL, PAY_PRIVATE_KEY and the clock',
  APPIDMCHIDNOTMATCH: 'the AppID and PAY_MCHID are not bound to each other',
  MCHNOTEXISTS: 'PAY_MCHID is unknown',
  NOAUTH: 'the product is not opened for this merchant, or receiving is restricted',
  PARAMERROR: 'a parameter is wrong',
  INVALIDREQUEST: 'a rule is broken, such as an openid of another AppID',
}

/** The error of an unsuccessful answer, unless the call itself has a more specific one. */
export function errorOf({ status, json }: PayAnswer): PayError {
  const reason = reasonOf(json)
  const misconfigured = MISCONFIGURED[reason]
  if (misconfigured !== undefined) return payMisconfigured(misconfigured, reason)
  const text = reason === '' ? `status ${status}` : `${reason} with status ${status}`
  return new PayError('PAY_UNAVAILABLE', `WeChat Pay is not available: it answered ${text}.`, {
    reason,
  })
}

/** @throws PayError unless the answer is a 2xx of this shape. */
export function parseSuccess<T>(answer: PayAnswer, schema: z.ZodType<T>): T {
  if (answer.status < 200 || answer.status > 299) throw errorOf(answer)
  const parsed = schema.safeParse(answer.json)
  if (!parsed.success) throw payUnavailable('its answer lacks a documented field', { alert: true })
  return parsed.data
}
