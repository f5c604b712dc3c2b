/**
 * The web session: a cookie that names a session like any other. Its value is opaque and fresh at each
 * sign-in; the database keeps its hash.
 */
import type { Request, Response } from 'express'
import { ApiError } from '../errors'
import type { Sessions } from '../sessions/sessions'
import type { LiveSession, SessionRecord } from '../store/store'
import type { SqlClient } from '../store/sql-client'
import type { Addresses } from './addresses'
import { createCookie, hashOf, newSecret } from './cookies'
import { assertSameSite } from './cross-site'
import type { WebTables } from './tables'

export interface WebSessions {
  /** Null when the request has no cookie. @throws ApiError 401, or CROSS_SITE for a change. */
  authenticate: (req: Request) => Promise<LiveSession | null>
  /** The same without an error: null when nobody is signed in. */
  find(req: Request): Promise<LiveSession | null>
  /** Gives the browser a session that was opened just now, and ends the one it had. */
  give(req: Request, res: Response, session: SessionRecord): Promise<void>
  /** Ends the browser's session, where it has one, and takes its cookie. */
  signOut(req: Request, res: Response): Promise<void>
}

interface WebSessionsDeps {
  sqlClient: SqlClient<WebTables>
  sessions: Pick<Sessions, 'authenticateSession' | 'end'>
  addresses: Addresses
  now: () => number
}

/** The rows of web_cookies. */
function createCookieRows(sqlClient: SqlClient<WebTables>, now: () => number) {
  return {
    find: (cookieHash: string) =>
      sqlClient.read((db) =>
        db
          .selectFrom('web_cookies')
          .select('session_id')
          .where('cookie_hash', '=', cookieHash)
          .executeTakeFirst(),
      ),

    add: (row: WebTables['web_cookies']) =>
      sqlClient.write(async (trx) => {
        await trx.deleteFrom('web_cookies').where('expires_at_ms', '<', now()).execute()
        await trx.insertInto('web_cookies').values(row).execute()
      }),
  }
}

/** @returns who a cookie's secret speaks for. @throws ApiError 401 */
const createAuthenticateSecret =
  ({ sessions }: WebSessionsDeps, rows: ReturnType<typeof createCookieRows>) =>
  async (secret: string): Promise<LiveSession> => {
    const row = await rows.find(hashOf(secret))
    if (row !== undefined) return sessions.authenticateSession(row.session_id)
    throw new ApiError('TOKEN_INVALID', 'The cookie names no session: sign in again.')
  }

export function createWebSessions(deps: WebSessionsDeps): WebSessions {
  const { sqlClient, sessions, addresses, now } = deps
  const rows = createCookieRows(sqlClient, now)
  const cookie = createCookie('session', addresses.isSecure)
  const authenticateSecret = createAuthenticateSecret(deps, rows)

  async function find(req: Request): Promise<LiveSession | null> {
    const secret = cookie.read(req)
    if (secret === null) return null
    try {
      return await authenticateSecret(secret)
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null
      throw error
    }
  }

  async function endPrevious(req: Request): Promise<void> {
    const previous = await find(req)
    if (previous !== null) await sessions.end(previous)
  }

  return {
    find,

    async authenticate(req) {
      const secret = cookie.read(req)
      if (secret === null) return null
      assertSameSite(req, addresses)
      return authenticateSecret(secret)
    },

    async give(req, res, session) {
      await endPrevious(req)
      const secret = newSecret()
      await rows.add({
        cookie_hash: hashOf(secret),
        session_id: session.id,
        expires_at_ms: session.expiresAtMs,
      })
      cookie.write(res, secret, Math.floor((session.expiresAtMs - now()) / 1000))
    },

    async signOut(req, res) {
      await endPrevious(req)
      cookie.clear(res)
    },
  }
}
