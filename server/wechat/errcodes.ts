/**
 * What each errcode of WeChat means for us, with the page that says so.
 *
 * `personal` marks errcodes about the login code or the person: WeChat itself works, so they never
 * count as failures of the upstream. An errcode that is not in the table is WX_UNAVAILABLE.
 */
import type { ErrorCode } from '../../typings/api'

/** What a route may answer that sends a code to WeChat. */
export const CODE_ERRORS: readonly ErrorCode[] = [
  'WX_CODE_INVALID',
  'WX_CODE_USED',
  'WX_CODE_IN_FLIGHT',
]

/** What a route may answer that calls WeChat, with a limit on its calls and on those under way. */
export const WECHAT_CALL_ERRORS: readonly ErrorCode[] = [
  'RATE_LIMITED',
  'WX_QUOTA',
  'WX_UNAVAILABLE',
  'WX_MISCONFIGURED',
  'OVERLOADED',
]

export interface ErrcodeMeaning {
  code: ErrorCode
  /** A sentence for the developer; WeChat's own errmsg is never passed on. */
  message: string
  personal?: boolean
  /** An operator must act: logged as an alert, never retried. */
  alert?: boolean
  retryAfterSeconds?: number
}

const misconfigured = (message: string): ErrcodeMeaning => ({
  code: 'WX_MISCONFIGURED',
  message,
  alert: true,
  retryAfterSeconds: 60,
})

const MINUTE_SECONDS = 60
const HOUR_SECONDS = 3600

/** About the code or the person. */
const personal = (
  code: ErrorCode,
  message: string,
  more: Pick<ErrcodeMeaning, 'retryAfterSeconds'> = {},
): ErrcodeMeaning => ({ code, message, personal: true, ...more })

/**
 * https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/code2Session.html
 * https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html
 */
const MEANINGS: Readonly<Record<number, ErrcodeMeaning>> = {
  40029: personal(
    'WX_CODE_INVALID',
    'WeChat does not know this code, or it belongs to another AppID.',
  ),
  42003: personal('WX_CODE_INVALID', 'This code has expired.'),
  40163: personal('WX_CODE_USED', 'This code was already used.'),
  40226: personal('WX_USER_BLOCKED', 'WeChat blocks this user as a high risk.'),
  50002: personal('WX_USER_BLOCKED', 'WeChat restricts this user.'),
  45011: personal('WX_QUOTA', 'WeChat limits how often this user may log in in a minute.', {
    retryAfterSeconds: MINUTE_SECONDS,
  }),
  44991: personal('WX_QUOTA', 'The quota of this WeChat API for this minute is used up.', {
    retryAfterSeconds: MINUTE_SECONDS,
  }),
  61010: personal(
    'WX_UNAVAILABLE',
    'WeChat checks no content of a person who was not active for two hours.',
  ),
  45009: {
    code: 'WX_QUOTA',
    message: 'The daily quota of this WeChat API is used up.',
    alert: true,
    retryAfterSeconds: HOUR_SECONDS,
  },
  /** We try once more with a new access token before we report this. */
  40001: misconfigured('WeChat refused the AppSecret or the access token.'),
  40014: misconfigured('WeChat refused the access token.'),
  41001: misconfigured('WeChat received no access token.'),
  42001: misconfigured('WeChat says that the access token has expired.'),
  40003: misconfigured('WeChat does not know this openid in this app.'),
  40002: misconfigured('WeChat refused the grant type.'),
  40013: misconfigured('WeChat does not know the configured AppID.'),
  40125: misconfigured('WeChat refused the configured AppSecret.'),
  40164: misconfigured('The address of this server is not on the IP allow-list of the app.'),
  40243: misconfigured('The AppSecret is frozen.'),
  45035: misconfigured('The address of this server is not on the IP allow-list of the app.'),
  61004: misconfigured('The address of this server is not on the IP allow-list of the app.'),
  41002: misconfigured('WeChat received no AppID.'),
  41004: misconfigured('WeChat received no AppSecret.'),
  43104: misconfigured('The openid does not belong to the app.'),
  41008: misconfigured('WeChat received no code.'),
  41009: misconfigured('WeChat received no openid.'),
  40129: misconfigured('WeChat refused the scene.'),
  40169: misconfigured('WeChat refused the scene.'),
  41030: misconfigured('The mini-program has no such page in its published version.'),
  40097: misconfigured('WeChat refused an argument of the request.'),
  43001: misconfigured('WeChat wants a GET.'),
  43002: misconfigured('WeChat wants a POST.'),
  43003: misconfigured('WeChat wants HTTPS.'),
  44002: misconfigured('WeChat received an empty body.'),
  47001: misconfigured('WeChat could not parse the body.'),
  87008: misconfigured('WeChat refused the signature method.'),
  48001: misconfigured('The app has no permission for this WeChat API.'),
  48004: misconfigured('This WeChat API is banned for the app.'),
  89503: misconfigured('The administrator of the app must confirm the address of this server.'),
  89506: misconfigured('The administrator refused the address of this server for 24 hours.'),
  89507: misconfigured('The administrator refused the address of this server for an hour.'),
  50004: misconfigured('WeChat forbids the token endpoint for the app.'),
  50007: misconfigured('The WeChat account of the app is frozen.'),
}

const UNKNOWN: ErrcodeMeaning = {
  code: 'WX_UNAVAILABLE',
  message: 'WeChat answered with an error that is not the fault of this request.',
}

export function meaningOf(errcode: number): ErrcodeMeaning {
  return MEANINGS[errcode] ?? UNKNOWN
}
