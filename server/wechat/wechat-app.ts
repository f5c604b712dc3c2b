import { NotSentError, WechatError } from './wechat-error'

/** A WeChat app that this service is configured for. */
export interface WechatApp {
  appid: string
  /** The AppSecret, sent only to WeChat. Null for a mini-program whose users WeChat's cloud identifies. */
  secret: string | null
  /** `official`: an official account (公众号); `website`: a website app of the open platform. */
  type: 'miniprogram' | 'official' | 'website'
}

const NO_SECRET = {
  code: 'WX_MISCONFIGURED',
  message: 'This app is configured without an AppSecret, which this call needs.',
  alert: true,
} as const

/** @throws NotSentError WX_MISCONFIGURED */
export function getSecret({ secret }: WechatApp): string {
  if (secret !== null) return secret
  const because = new WechatError(0, null, NO_SECRET)
  throw new NotSentError(NO_SECRET.code, NO_SECRET.message, { because })
}
