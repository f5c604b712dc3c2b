/** Users and their sessions. Replace the two Maps with your database; keep the promises of each function. */
import { randomBytes, randomUUID } from 'node:crypto'

const LIFETIME_MS = 30 * 86_400_000

export function createSessions() {
  const usersByOpenid = new Map()
  const sessionsByToken = new Map()

  function findOrCreateUser(openid) {
    const user = usersByOpenid.get(openid) ?? { id: randomUUID(), openid, nickname: null }
    usersByOpenid.set(openid, user)
    return user
  }

  return {
    /** A new session; earlier ones go on, since requests may be under way with their tokens. */
    begin(openid) {
      const user = findOrCreateUser(openid)
      const token = randomBytes(32).toString('base64url')
      const expiresAtMs = Date.now() + LIFETIME_MS
      sessionsByToken.set(token, { user, expiresAtMs })
      return { token, expiresAt: new Date(expiresAtMs).toISOString(), user }
    },

    /** The user behind a token; null when it does not hold. */
    find(token) {
      const session = sessionsByToken.get(token)
      if (session !== undefined && session.expiresAtMs > Date.now()) return session.user
      sessionsByToken.delete(token)
      return null
    },

    /** Ends one session at once. */
    end(token) {
      sessionsByToken.delete(token)
    },
  }
}
