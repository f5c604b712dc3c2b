/**
 * Users and their sessions. Replace the two Maps with your database, but keep what each function
 * guarantees.
 */
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
    /**
     * Creates a session. Earlier ones stay valid, because requests with their tokens may be in
     * flight.
     */
    begin(openid) {
      const user = findOrCreateUser(openid)
      const token = randomBytes(32).toString('base64url')
      const expiresAtMs = Date.now() + LIFETIME_MS
      sessionsByToken.set(token, { user, expiresAtMs })
      return { token, expiresAt: new Date(expiresAtMs).toISOString(), user }
    },

    /** The user of a token; null when the token is not valid. */
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
