/** Signs a browser in as the person of another session, after a ticket or a scan. */
import type { Request, Response } from 'express'
import { newSession } from '../sessions/new-session'
import type { LiveSession, UserRecord } from '../store/store'
import { browserName } from './browser'
import type { WebContext } from './context'
import { startWebSession } from './web-sessions'

/**
 * @param parent the live session of the person who signs the browser in.
 * @param origin `way`: how the person signed in, for the list of devices; `endsWithParent`:
 * whether the browser's session ends together with `parent`.
 * @throws ApiError SESSION_REVOKED, SESSION_ENDED, ACCOUNT_DELETED when `parent` has ended meanwhile.
 */
export async function signInAsUserOf(
  web: WebContext,
  { req, res }: { req: Request; res: Response },
  { session: parent }: LiveSession,
  { way, endsWithParent }: { way: string; endsWithParent: boolean },
): Promise<UserRecord> {
  const { session, ...limits } = newSession(web.rules, `${browserName(req)} · ${way}`, web.now())
  const ends = endsWithParent && {
    parentId: parent.id,
    expiresAtMs: Math.min(session.expiresAtMs, parent.expiresAtMs),
  }
  const opened = await web.store.openSession(parent, {
    ...limits,
    session: { ...session, ...ends },
  })
  await startWebSession(web, req, res, opened.session)
  return opened.user
}
