import { invalidRequest } from '../errors'
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

/**
 * @param appid may be undefined when this service has one app of this type.
 * @throws ApiError INVALID_REQUEST when no app fits.
 */
export function pickApp(
  apps: readonly WechatApp[],
  type: WechatApp['type'],
  appid: string | undefined,
): WechatApp {
  const fitting = apps.filter((app) => app.type === type)
  const [only] = fitting
  if (appid === undefined && fitting.length === 1 && only !== undefined) return only
  const app = fitting.find((candidate) => candidate.appid === appid)
  if (app !== undefined) return app
  throw invalidRequest('appid', `must name one of the apps of type ${type} of this service`)
}
