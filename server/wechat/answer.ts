/**
 * Turns WeChat's bytes into a validated JSON object. An answer without a truthy errcode is a success, since some
 * APIs leave errcode out. A status other than 200, HTML, a list or truncated JSON means that WeChat is unavailable.
 */
import * as z from 'zod'
import { tryParseJson } from '../try-parse-json'
import type { WechatAnswer } from './endpoint'
import { WechatError, wechatUnavailable } from './wechat-error'

/** An errcode that is a text means a broken answer. */
const envelope = z.looseObject({ errcode: z.number().nullish(), errmsg: z.unknown().optional() })

/** Both of WeChat's spellings: `…, rid: 6312f81f-1e88b388-3f323ff0` and `… rid: …`. */
function ridOf(errmsg: unknown): string | null {
  const text = typeof errmsg === 'string' ? errmsg : ''
  return /rid: ([0-9a-f]{1,16}(?:-[0-9a-f]{1,16}){2})/.exec(text)?.[1] ?? null
}

export function assertStatusOk({ status }: WechatAnswer): void {
  if (status !== 200) throw wechatUnavailable(`it answered status ${status}`)
}

/** @throws WechatError for an errcode or an answer that is not as documented. */
export function parseAnswer<T>(answer: WechatAnswer, schema: z.ZodType<T>): T {
  assertStatusOk(answer)
  const json = tryParseJson(answer.body.toString('utf8'))
  if (json === undefined) throw wechatUnavailable('its answer is no JSON')
  const outer = envelope.safeParse(json)
  if (!outer.success) throw wechatUnavailable('its answer has an unknown shape')
  const { errcode, errmsg } = outer.data
  if (errcode) throw new WechatError(errcode, ridOf(errmsg))
  const inner = schema.safeParse(json)
  if (!inner.success) throw wechatUnavailable('its answer lacks a documented field')
  return inner.data
}
