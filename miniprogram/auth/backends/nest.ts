/**
 * NestJS as in its documentation: HTTP statuses, errors as `{statusCode, message, error}`, a login
 * that answers `access_token`. If your controller has another path: `{ ...nest, login: … }`.
 * @see https://docs.nestjs.com/security/authentication
 */
import type { Backend } from '../types'
import { isObject } from '../values'
import { readText, readUser } from './fields'

export const nest: Backend = {
  login: (code, extra) => ({ path: '/auth/login', method: 'POST', data: { ...extra, code } }),
  readSession(body) {
    if (!isObject(body)) return null
    const token = readText(body['access_token'] ?? body['accessToken'] ?? body['token'])
    return token ? { token, user: readUser(body['user']) } : null
  },
  judge({ status, body }) {
    if (status >= 200 && status < 300) return 'ok'
    if (status === 401) return 'login-again'
    if (!isObject(body)) return 'protocol'
    const { code, error, message } = body
    // A ValidationPipe answers a list of messages.
    const text = Array.isArray(message) ? message.join('; ') : readText(message)
    return { code: readText(code) ?? readText(error) ?? String(status), message: text }
  },
  authorize: (token) => ({ header: { Authorization: `Bearer ${token}` } }),
}
