/** What to tell people about an error: the user in Chinese, kindly and exactly; the developer in English. */
import { isAuthError } from './errors'

type Texts = [pattern: RegExp, text: string][]

/** The first that fits `kind code`: a kind is in small letters, a code in capitals. */
function pick(texts: Texts, error: unknown): string {
  const { kind = '', code = '' } = isAuthError(error) ? error : {}
  return texts.find(([pattern]) => pattern.test(`${kind} ${code}`))?.[1] ?? ''
}

const forUser: Texts = [
  [/STALE/, '登录已更新，请再点一次'],
  [/ANONYMOUS/, '请手动填写头像昵称'],
  [/BLOCKED/, '账号暂时无法登录'],
  [/CONTENT/, '内容未通过安全检查'],
  [/IMAGE|_MEDIA|LARGE/, '图片太大或无法使用'],
  [/INVALID_REQUEST/, '内容有误，请检查'],
  [/ RATE|WX_QUOTA/, '太频繁了，请稍后再试'],
  [/network|timeout/, '网络不佳，请检查后重试'],
  [/denied/, '你没有授权'],
  [/uns/, '微信暂不支持此功能'],
  [/aborted/, '操作已取消'],
  [/sig/, '请先登录'],
  [/^/, '服务不可用，请稍后再试'],
]

/** A Chinese sentence fit for a toast, for anything that was thrown. */
export function userMessage(error: unknown): string {
  return pick(forUser, error)
}

const forDeveloper: Texts = [
  [/MOCK/, 'mock code'],
  [/INVALID_REQUEST/, 'field or mock code'],
  [/INVALID|MISCONF/, 'appid mismatch'],
  [/TAP/, 'call in the tap'],
  [/QUOTA/, 'quota'],
  [/PRIVACY/, 'see privacy agreement'],
  [/uns/, 'see profile.mode()'],
  [/network/, 'domain list?'],
  [/^/, 'see server log'],
]

/** What to check, for a log or the console; never for the end user. */
export function developerHint(error: unknown): string {
  return pick(forDeveloper, error)
}
