/**
 * RuoYi, RuoYi-Vue and similar projects: HTTP 200 for everything, the outcome in `code` (200, 401, 500 …),
 * the text in `msg`. RuoYi itself has no WeChat login: the path is the one that most projects add. If yours
 * is different: `{ ...ruoyi, login: (code) => ({ path: '/app/login', method: 'POST', data: { code } }) }`.
 * @see https://gitee.com/y_project/RuoYi-Vue
 */
import type { Backend } from '../types'
import { isObject } from '../values'
import { readText, readUser } from './fields'

export const ruoyi: Backend = {
  login: (code, extra) => ({ path: '/wxLogin', method: 'POST', data: { ...extra, code } }),
  readSession(body) {
    const { data, ...fields } = isObject(body) ? body : {}
    // AjaxResult puts the token beside `code`, R<T> puts it into `data`.
    const answer = isObject(data) ? { ...fields, ...data } : fields
    const token = readText(answer['token'] ?? answer['access_token'])
    return token ? { token, user: readUser(answer['user'] ?? answer['userInfo']) } : null
  },
  judge({ status, body }) {
    const isEmpty = body === undefined && status >= 200 && status < 300
    if (!isObject(body)) return isEmpty ? 'ok' : 'protocol'
    const { code = status, msg } = body
    if (Number(code) === 401) return 'login-again'
    if (Number(code) >= 200 && Number(code) < 300) return 'ok'
    return { code: String(code), message: readText(msg) }
  },
  authorize: (token) => ({ header: { Authorization: `Bearer ${token}` } }),
  unwrap: (body) => (isObject(body) && 'data' in body ? body['data'] : body),
  logout: () => ({ path: '/logout', method: 'POST' }),
}
