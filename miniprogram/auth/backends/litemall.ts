/**
 * litemall's wx-api: HTTP 200 for everything, the outcome in `errno` (0 good, 501 not logged in), the text in
 * `errmsg`, the token in `X-Litemall-Token`.
 * @see https://github.com/linlinjava/litemall
 */
import type { Backend } from '../types'
import { isObject } from '../values'
import { readText, readUser } from './fields'

/** litemall refuses a login without a profile; the user fills in the real one later. */
const NO_PROFILE = { nickName: '微信用户', avatarUrl: '', gender: 0 }

export const litemall: Backend = {
  login: (code, extra) => ({
    path: '/wx/auth/login_by_weixin',
    method: 'POST',
    data: { ...extra, code, userInfo: NO_PROFILE },
  }),
  readSession(body) {
    const data = isObject(body) ? body['data'] : null
    if (!isObject(data)) return null
    const token = readText(data['token'])
    return token ? { token, user: readUser(data['userInfo']) } : null
  },
  judge({ body }) {
    if (!isObject(body) || body['errno'] === undefined) return 'protocol'
    const { errno, errmsg } = body as { errno: number | string; errmsg: unknown }
    if (Number(errno) === 501) return 'login-again'
    return Number(errno) === 0 ? 'ok' : { code: String(errno), message: readText(errmsg) }
  },
  authorize: (token) => ({ header: { 'X-Litemall-Token': token } }),
  unwrap: (body) => (isObject(body) ? body['data'] : body),
  logout: () => ({ path: '/wx/auth/logout', method: 'POST' }),
}
