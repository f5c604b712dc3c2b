/** What to tell people about an error: the user in Chinese, the developer in English. */
import { isAuthError } from './errors'

type Texts = Record<string, string | undefined>

const BAD_IMAGE = '图片太大或无法使用'
const TOO_OFTEN = '太频繁了，请稍后再试'
const BAD_NETWORK = '网络不佳，请检查后重试'
const UNAVAILABLE = '服务不可用，请稍后再试'

const userTextByCode: Texts = {
  SESSION_KEY_STALE: '登录已更新，请再点一次',
  ANONYMOUS_PROFILE: '请手动填写头像昵称',
  WX_USER_BLOCKED: '账号暂时无法登录',
  SESSION_ENDED: '已在别处退出，请重新登录',
  ACCOUNT_DELETED: '账号已注销',
  CONTENT_REJECTED: '内容未通过安全检查',
  IMAGE_REJECTED: BAD_IMAGE,
  UNSUPPORTED_MEDIA_TYPE: BAD_IMAGE,
  BODY_TOO_LARGE: BAD_IMAGE,
  INVALID_REQUEST: '内容有误，请检查',
  RATE_LIMITED: TOO_OFTEN,
  WX_QUOTA: TOO_OFTEN,
}

const userTextByKind: Texts = {
  network: BAD_NETWORK,
  timeout: BAD_NETWORK,
  denied: '你没有授权',
  unsupported: '微信暂不支持此功能',
  aborted: '操作已取消',
  'signed-out': '请先登录',
}

/** A Chinese sentence fit for a toast, for anything that was thrown. */
export function userMessage(error: unknown): string {
  return find(error, userTextByCode, userTextByKind) ?? UNAVAILABLE
}

const APPID_MISMATCH = 'appid mismatch between server and mini-program?'
const QUOTA = 'quota used up'

const hintByCode: Texts = {
  MOCK_CODE: 'mock code: DevTools has no AppID',
  INVALID_REQUEST: 'wrong field or mock code',
  WX_CODE_INVALID: APPID_MISMATCH,
  OPEN_DATA_INVALID: APPID_MISMATCH,
  WX_MISCONFIGURED: APPID_MISMATCH,
  NO_TAP: 'call it in the tap, before any await',
  PHONE_QUOTA: QUOTA,
  WX_QUOTA: QUOTA,
  PRIVACY_NOT_DECLARED: 'declare it in the privacy agreement',
}

const hintByKind: Texts = {
  network: 'host in the domain list, and up?',
  unsupported: 'not on this client: see profile.mode()',
}

/** What to check, with the code and the request id to look for; never for the end user. */
export function developerHint(error: unknown): string {
  const { code, requestId } = isAuthError(error) ? error : {}
  const hint = find(error, hintByCode, hintByKind) ?? 'see server log'
  return [hint, code, requestId].filter(Boolean).join(' · ')
}

/** The text of its code, else of its kind. */
function find(error: unknown, byCode: Texts, byKind: Texts): string | undefined {
  if (!isAuthError(error)) return undefined
  const { kind, code } = error
  // A backend of others may call an error anything, also `constructor`.
  const isKnown = Object.prototype.hasOwnProperty.call(byCode, String(code))
  return isKnown ? byCode[String(code)] : byKind[kind]
}
