/** What to tell people about an error: the user in Chinese, kindly and exactly; the developer in English. */
import { isAuthError } from './errors'

const busy = '操作太频繁，请稍后再试'

/** By code, else by kind. */
const forUser: Record<string, string> = {
  network: '网络不可用，请检查后重试',
  timeout: '网络有点慢，请重试',
  denied: '你没有授权，可以随时再试',
  unsupported: '当前微信暂不支持此功能',
  aborted: '操作已取消',
  'signed-out': '请先登录',
  SESSION_KEY_STALE: '登录已更新，请再点一次',
  ANONYMOUS_PROFILE: '微信未提供头像昵称，请手动填写',
  WX_USER_BLOCKED: '你的微信暂时无法登录',
  CONTENT_REJECTED: '内容未通过安全检查，请换一个',
  IMAGE_REJECTED: '这张图片无法使用，请换一张',
  BODY_TOO_LARGE: '文件太大，请换一个小一点的',
  INVALID_REQUEST: '内容有误，请检查后重试',
  RATE_LIMITED: busy,
  WX_QUOTA: busy,
}

/** A Chinese sentence fit for a toast, for anything that was thrown. */
export function userMessage(error: unknown): string {
  const { code = '', kind = '' } = isAuthError(error) ? error : {}
  return forUser[code] ?? forUser[kind] ?? '服务暂时不可用，请稍后再试'
}

const misfit = 'AppID mismatch? DevTools and server must use one app, with its own secret.'
const mock = 'DevTools has no AppID (mock code): set one in project.config.json.'

const forDeveloper: Record<string, string> = {
  network: 'Is the server up, its host in the request domain list of the admin console, HTTPS?',
  timeout: 'The server or wx.login took too long.',
  api: 'Look up the request id in the log of the server.',
  protocol: 'Is baseUrl right? A proxy or a login page of the Wi-Fi may have answered.',
  denied: 'The user refused: ask again only after a tap.',
  unsupported: 'See profile.mode(): this base library or account has no such API.',
  'signed-out': 'Offer a button that calls auth.login().',
  MOCK_CODE: mock,
  INVALID_REQUEST: `Wrong field, or on login: ${mock}`,
  WX_CODE_INVALID: misfit,
  WX_MISCONFIGURED: misfit,
  OPEN_DATA_INVALID: misfit,
  SESSION_KEY_STALE: 'Ask for another tap: the session is fresh now.',
  ANONYMOUS_PROFILE: 'Use chooseAvatar and type="nickname".',
  NO_TAP: 'Call it in the tap handler, before any await.',
  NO_PERMISSION: 'Needs a verified, non-personal account.',
  PHONE_QUOTA: 'The quota of phone numbers is used up: buy more.',
  WX_QUOTA: 'The quota of WeChat is used up: is there a loop?',
  PRIVACY_NOT_DECLARED: 'errno 112: declare this API in the privacy agreement.',
}

/** What to check, for a log or the console; never for the end user. */
export function developerHint(error: unknown): string {
  if (!isAuthError(error)) return 'Not an AuthError: a bug elsewhere.'
  const { code = '', kind, status, requestId, message } = error
  const hint = forDeveloper[code] ?? forDeveloper[kind] ?? ''
  return [kind, code, status, requestId, message, hint].filter(Boolean).join(' | ')
}
