/** What to tell people about an error: the user in Chinese, the developer in English. */
import { fieldsOf, isAuthError } from './errors'

/** By code, else by kind. */
const userTexts = new Map(
  Object.entries({
    SESSION_KEY_STALE: '登录已更新，请再点一次',
    ANONYMOUS_PROFILE: '请手动填写头像昵称',
    WX_USER_BLOCKED: '账号暂时无法登录',
    SESSION_ENDED: '已在别处退出，请重新登录',
    ACCOUNT_DELETED: '账号已注销',
    CONTENT_REJECTED: '内容未通过安全检查',
    IMAGE_REJECTED: '图片太大或无法使用',
    UNSUPPORTED_MEDIA_TYPE: '图片太大或无法使用',
    BODY_TOO_LARGE: '图片太大或无法使用',
    INVALID_REQUEST: '内容有误，请检查',
    RATE_LIMITED: '太频繁了，请稍后再试',
    WX_QUOTA: '太频繁了，请稍后再试',
    network: '网络不佳，请检查后重试',
    timeout: '网络不佳，请检查后重试',
    denied: '你没有授权',
    unsupported: '微信暂不支持此功能',
    aborted: '操作已取消',
    'signed-out': '请先登录',
  }),
)

const hints = new Map(
  Object.entries({
    MOCK_CODE: 'mock code: DevTools has no AppID',
    INVALID_REQUEST: 'wrong field or mock code',
    WX_CODE_INVALID: 'appid mismatch with the server?',
    OPEN_DATA_INVALID: 'appid mismatch with the server?',
    WX_MISCONFIGURED: 'appid mismatch with the server?',
    NO_TAP: 'call it in the tap, before any await',
    PHONE_QUOTA: 'quota used up',
    WX_QUOTA: 'quota used up',
    PRIVACY_NOT_DECLARED: 'declare it in the privacy agreement',
    network: 'host in the domain list, and up?',
    unsupported: 'not on this client: see profile.mode()',
  }),
)

/** A Chinese sentence fit for a toast, for anything that was thrown. */
export function userMessage(error: unknown): string {
  return findText(userTexts, error) ?? '服务不可用，请稍后再试'
}

/** What to check, with the code and the request id to look for; never for the end user. */
export function developerHint(error: unknown): string {
  const { code, requestId } = fieldsOf(error)
  return [findText(hints, error) ?? 'see server log', code, requestId].filter(Boolean).join(' · ')
}

function findText(texts: Map<unknown, string>, error: unknown): string | undefined {
  return isAuthError(error) ? (texts.get(error.code) ?? texts.get(error.kind)) : undefined
}
