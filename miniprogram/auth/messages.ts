/** What to tell people about an error: the user in Chinese, the developer in English. */
import type { AuthErrorKind } from './errors'
import { hasOwn, isAuthError } from './errors'

const USER_TEXT_BY_CODE: Record<string, string> = {
  SESSION_KEY_STALE: '登录已更新，请再点一次',
  ANONYMOUS_PROFILE: '请手动填写头像昵称',
  WX_USER_BLOCKED: '账号暂时无法登录',
  NOT_BOUND: '账号尚未开通，请联系客服',
  SESSION_ENDED: '已在其他设备退出，请重新登录',
  ACCOUNT_DELETED: '账号已注销，请重新登录',
  CONTENT_REJECTED: '内容未通过安全检查',
  IMAGE_REJECTED: '图片太大或无法使用',
  UNSUPPORTED_MEDIA_TYPE: '图片太大或无法使用',
  BODY_TOO_LARGE: '图片太大或无法使用',
  INVALID_REQUEST: '内容有误，请检查',
  RATE_LIMITED: '太频繁了，请稍后再试',
  WX_QUOTA: '太频繁了，请稍后再试',
}

const UNAVAILABLE = '服务不可用，请稍后再试'

const USER_TEXT_BY_KIND: Record<AuthErrorKind, string> = {
  network: '网络不佳，请检查后重试',
  timeout: '网络不佳，请检查后重试',
  api: UNAVAILABLE,
  protocol: UNAVAILABLE,
  denied: '你没有授权',
  unsupported: '微信暂不支持此功能',
  aborted: '操作已取消',
  'signed-out': '请先登录',
}

/** A Chinese sentence fit for a toast, for anything that was thrown. */
export function userMessage(error: unknown): string {
  if (!isAuthError(error)) return UNAVAILABLE
  return find(USER_TEXT_BY_CODE, error.code) ?? USER_TEXT_BY_KIND[error.kind]
}

const APPID_MISMATCH =
  'appid mismatch: the AppID and AppSecret of the server must be those of this mini-program'

const HINT_BY_CODE: Record<string, string> = {
  MOCK_CODE: 'mock code: choose a real AppID in DevTools, or the sandbox',
  INVALID_REQUEST: 'a field of the request is wrong, or the login code is a mock code',
  WX_CODE_INVALID: APPID_MISMATCH,
  OPEN_DATA_INVALID: APPID_MISMATCH,
  WX_MISCONFIGURED: APPID_MISMATCH,
  NO_TAP: 'call it in the handler of the tap, before any await',
  PHONE_QUOTA: 'the quota of phone numbers is used up: buy more in the admin console',
  WX_QUOTA: "WeChat's quota for this interface is used up for now",
  PRIVACY_NOT_DECLARED: 'declare the interface in the privacy agreement of the admin console',
}

const SEE_SERVER_LOG = 'see server log'

const HINT_BY_KIND: Partial<Record<AuthErrorKind, string>> = {
  network: 'is the host in the domain list of the admin console, with HTTPS, and reachable?',
  unsupported: 'this client or base library can’t do it: see profile.mode()',
}

/** What to check, with the code and the request id to look for; never for the end user. */
export function developerHint(error: unknown): string {
  if (!isAuthError(error)) return SEE_SERVER_LOG
  const { kind, code, requestId } = error
  const hint = find(HINT_BY_CODE, code) ?? HINT_BY_KIND[kind] ?? SEE_SERVER_LOG
  const names = [code, requestId && `request ${requestId}`].filter(Boolean).join(', ')
  return names ? `${hint} (${names})` : hint
}

function find(texts: Record<string, string>, code: unknown): string | undefined {
  return typeof code === 'string' && hasOwn(texts, code) ? texts[code] : undefined
}
