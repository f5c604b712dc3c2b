/**
 * The web session: a cookie that names an ordinary session. Its value is random and new at each
 * sign-in; the database stores only its hash.
 */
import type { Request, Response } from 'express'
import { ApiError } from '../errors'
import { localsOf } from '../http/log-requests'
import type { LiveSession, SessionRecord } from '../store/store'
import type { WebContext } from './context'
import { createCookie } from './cookies'
import { assertSameSite } from './cross-site'
import { hashOf, newSecret } from './secrets'

const cookieOf = ({ addresses }: WebContext) => createCookie('session', addresses.isSecure)

/** @returns the session of a cookie's secret. @throws ApiError 401 */
async function authenticateSecret(
  { sqlClient, sessions }: WebContext,
  secret: string,
): Promise<LiveSession> {
  const row = await sqlClient.read((db) =>
    db
      .selectFrom('web_cookies')
      .select('session_id')
      .where('cookie_hash', '=', hashOf(secret))
      .executeTakeFirst(),
  )
  if (row !== undefined) return sessions.authenticateSession(row.session_id)
  throw new ApiError('TOKEN_INVALID', 'The cookie names no session: sign in again.')
}

/** Null when the request has no cookie. @throws ApiError 401, or CROSS_SITE for a change from another site. */
export async function authenticateCookie(
  web: WebContext,
  req: Request,
): Promise<LiveSession | null> {
  const secret = cookieOf(web).read(req)
  if (secret === null) return null
  assertSameSite(req, web.addresses)
  return authenticateSecret(web, secret)
}

/** Null when the session that the work needs has ended. */
export async function nullIfSessionEnded<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null
    throw error
  }
}

/** Null when nobody is signed in. */
export async function findWebSession(web: WebContext, req: Request): Promise<LiveSession | null> {
  const secret = cookieOf(web).read(req)
  return secret === null ? null : nullIfSessionEnded(authenticateSecret(web, secret))
}

async function endPrevious(web: WebContext, req: Request): Promise<void> {
  const previous = await findWebSession(web, req)
  // Another tab or another device may have ended it meanwhile.
  if (previous !== null) await nullIfSessionEnded(web.sessions.end(previous))
}

/** Gives the browser the cookie of a new session, and ends its previous one. The log says whose it is. */
export async function startWebSession(
  web: WebContext,
  req: Request,
  res: Response,
  { id, expiresAtMs, appid, userId, openid }: SessionRecord,
): Promise<void> {
  const { sqlClient, now } = web
  await endPrevious(web, req)
  const secret = newSecret()
  const row = { cookie_hash: hashOf(secret), session_id: id, expires_at_ms: expiresAtMs }
  await sqlClient.write((trx) => trx.insertInto('web_cookies').values(row).execute())
  cookieOf(web).write(res, secret, Math.floor((expiresAtMs - now()) / 1000))
  localsOf(res).log = { appid, userId, openidHash: web.hashOpenid(openid) }
}

/** Ends the browser's session, if it has one, and clears its cookie. */
export async function signOut(web: WebContext, req: Request, res: Response): Promise<void> {
  await endPrevious(web, req)
  cookieOf(web).clear(res)
}
