/**
 * The dialect of this project's own BFF: a token in `Authorization`, HTTP statuses that mean what they say,
 * errors as `{error: {code, message, requestId}}`.
 */
import type { AuthError } from '../errors'
import { fieldsOf, isObject, isText } from '../errors'
import type { Backend } from '../types'

/** Codes of a 401 that the person asked for: only a tap may log in again. */
const endedByPerson = ['SESSION_ENDED', 'ACCOUNT_DELETED']

/** `appid` is sent on login where the server serves several apps; empty for none. */
export function createBffBackend(appid: string): Backend {
  return {
    login: (code, extra) => ({
      path: '/v1/login',
      method: 'POST',
      data: { code, ...(appid && { appid }), ...(extra && { extra }) },
    }),
    readSession(body) {
      const { token, expiresAt, user } = fieldsOf(body)
      const isComplete = isText(token) && isText(expiresAt) && isText(fieldsOf(user)['id'])
      return isComplete ? { token, expiresAt, user } : null
    },
    judge({ status, body }) {
      if (status >= 200 && status < 300) return status === 204 || isObject(body) ? 'ok' : 'protocol'
      const { code, message } = fieldsOf(fieldsOf(body)['error']) as Partial<AuthError>
      if (!isText(code)) return 'protocol'
      return endedByPerson.includes(code) ? 'signed-out' : { code, message }
    },
    authorize: (token) => ({ header: { Authorization: `Bearer ${token}` } }),
  }
}
