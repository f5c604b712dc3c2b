/**
 * The dialect of this project's own BFF: a token in `Authorization`, real HTTP statuses, errors as
 * `{error: {code, message, requestId}}`.
 */
import type { Backend } from '../types'
import { fieldsOf, isObject, isText } from '../values'

type Session = NonNullable<ReturnType<Backend['readSession']>>

/** `appid` is sent on login if the server serves several apps; empty for none. */
export function createBffBackend(appid: string): Backend {
  return {
    login: (code, extra, renewedToken) => ({
      path: '/v1/login',
      method: 'POST',
      ...(renewedToken && { header: { 'Renewed-Token': renewedToken } }),
      data: { code, ...(appid && { appid }), ...(extra && { extra }) },
    }),
    readSession(body) {
      const session = fieldsOf(body) as unknown as Session
      const isComplete = isText(session.expiresAt) && isText(fieldsOf(session.user)['id'])
      return isComplete ? session : null
    },
    judge({ status, body }) {
      if (status >= 200 && status < 300) return status === 204 || isObject(body) ? 'ok' : 'protocol'
      const { code } = fieldsOf(fieldsOf(body)['error'])
      if (!isText(code)) return 'protocol'
      // The person ended the session, so only a tap may log in again.
      if (code === 'SESSION_ENDED' || code === 'ACCOUNT_DELETED') return 'signed-out'
      return { code }
    },
    authorize: (token) => ({ header: { Authorization: `Bearer ${token}` } }),
  }
}
