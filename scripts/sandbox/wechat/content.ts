/**
 * /wxa/msg_sec_check and /wxa/media_check_async. The person must have used the mini-program within the
 * last two hours. WeChat pushes the verdict on media later; the sandbox does not.
 */
import type { Account } from '../world/people'
import { randomHex } from '../world/random'
import type { World } from '../world/world'
import { judgeText } from './content-words'
import type { Verdict } from './content-words'
import type { Endpoint, WechatJson } from './endpoint'
import { OK, requireAccount, requireFields, requireText, requireTokenAppid } from './endpoint'
import { Refusal } from './refusal'

const MAX_CHARACTERS = 2500
const CALLS_PER_MINUTE = 4000
const MINUTE_MS = 60_000
const ACTIVE_MS = 2 * 3600 * 1000
const SCENES: readonly unknown[] = [1, 2, 3, 4]
const MEDIA_TYPES: readonly unknown[] = [1, 2]

function requireActive(world: World, appid: string, fields: WechatJson): Account {
  if (!SCENES.includes(fields['scene'])) throw new Refusal(40129)
  const account = requireAccount(world, appid, fields['openid'], 43104)
  const { lastActiveAtMs } = account
  if (lastActiveAtMs === null || world.clock.nowMs() - lastActiveAtMs > ACTIVE_MS) {
    throw new Refusal(61010)
  }
  return account
}

const traceId = (): string => `${randomHex(8)}-${randomHex(8)}-${randomHex(8)}`

const detailOf = ({ suggest, label, keyword }: Verdict): WechatJson[] => [
  { strategy: 'content_model', errcode: 0, suggest, label, prob: 90 },
  ...(keyword === undefined
    ? [{ strategy: 'keyword', errcode: 0, suggest: 'pass', label: 100 }]
    : [{ strategy: 'keyword', errcode: 0, suggest, label, level: 90, keyword }]),
]

/** Version 2, and without `version` the old version 1. https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/sec-center/sec-check/msgSecCheck.html */
export const checkText: Endpoint = (world, request) => {
  const appid = requireTokenAppid(world, request)
  const fields = requireFields(request)
  const content = requireText(fields['content'], 44002)
  if (Array.from(content).length > MAX_CHARACTERS) throw new Refusal(45002)
  if (!world.quotas.take(`msg_sec_check ${appid}`, CALLS_PER_MINUTE, MINUTE_MS)) {
    throw new Refusal(44991)
  }
  const beside = ['title', 'nickname', 'signature'].map((name) => fields[name])
  const all = [content, ...beside.filter((text) => typeof text === 'string')].join('\n')
  const verdict = judgeText(all)
  if (fields['version'] !== 2) {
    if (verdict.suggest === 'risky') throw new Refusal(87014)
    return OK
  }
  requireActive(world, appid, fields)
  const { suggest, label } = verdict
  return { ...OK, detail: detailOf(verdict), trace_id: traceId(), result: { suggest, label } }
}

/** https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/sec-center/sec-check/mediaCheckAsync.html */
export const checkMedia: Endpoint = (world, request) => {
  const appid = requireTokenAppid(world, request)
  const fields = requireFields(request)
  const isUrl = /^https?:\/\/./.test(requireText(fields['media_url'], 47001))
  if (!isUrl || !MEDIA_TYPES.includes(fields['media_type'])) throw new Refusal(47001)
  requireActive(world, appid, fields)
  return { ...OK, trace_id: traceId() }
}
