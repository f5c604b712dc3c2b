/** What to tell people about an error: the user in Chinese, the developer in English. */
import { textsByKind } from './errors'
import { fieldsOf, findText, isText } from './values'

const textsByCode: Record<string, string> = {
  SESSION_KEY_STALE: '登录已更新，请再点一次',
  ANONYMOUS_PROFILE: '请手动填写头像昵称',
  WX_USER_BLOCKED: '账号暂时无法登录',
  SESSION_ENDED: '已在别处退出，请重新登录',
  ACCOUNT_DELETED: '账号已注销',
  CONTENT_REJECTED: '内容未通过安全检查',
  IMAGE_REJECTED: '图片太大或无法使用',
  BODY_TOO_LARGE: '图片太大或无法使用',
  INVALID_REQUEST: '内容有误，请检查',
  RATE_LIMITED: '太频繁了，请稍后再试',
  WX_QUOTA: '太频繁了，请稍后再试',
}

/** By code, else by kind. */
const hints: Record<string, string> = {
  MOCK_CODE: 'mock code: no AppID',
  INVALID_REQUEST: 'wrong field or mock code',
  WX_CODE_INVALID: 'appid mismatch with the server?',
  OPEN_DATA_INVALID: 'appid mismatch with the server?',
  WX_MISCONFIGURED: 'appid mismatch with the server?',
  PHONE_QUOTA: 'quota used up',
  WX_QUOTA: 'quota used up',
  PRIVACY_NOT_DECLARED: 'declare it in the privacy agreement',
  network: 'host in the domain list, and up?',
  protocol: 'wrong baseUrl?',
}

/** A Chinese sentence fit for a toast, for anything that was thrown. */
export function userMessage(error: unknown): string {
  const { code, kind } = fieldsOf(error)
  return findText(textsByCode, code) ?? findText(textsByKind, kind) ?? textsByKind.api
}

/** What to check, with the code and the request id to look for; never for the end user. */
export function developerHint(error: unknown): string {
  const { code, kind, message, requestId } = fieldsOf(error)
  const hint = findText(hints, code) ?? findText(hints, kind) ?? message
  return [hint, code, requestId].filter(isText).join(' · ')
}
