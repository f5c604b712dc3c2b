/** Signs a browser in as the person of another session, after a ticket or a scan. */
import type { Request, Response } from 'express'
import { ApiError } from '../errors'
import { newSession } from '../sessions/new-session'
import type { LiveSession, UserRecord } from '../store/store'
import { browserName } from './browser'
import type { WebContext } from './context'
import { giveWebSession } from './web-sessions'

/**
 * @param voucher the live session of the person who signs the browser in.
 * @param origin `way`: how the person signed in, for the list of devices; `endsWithVoucher`:
 * whether the browser's session ends together with `voucher`.
 * @throws ApiError SESSION_REVOKED when `voucher` has ended meanwhile.
 */
export async function signInAsUserOf(
  web: WebContext,
  { req, res }: { req: Request; res: Response },
  { session: voucher }: LiveSession,
  { way, endsWithVoucher }: { way: string; endsWithVoucher: boolean },
): Promise<UserRecord> {
  const { session, ...limits } = newSession(web.rules, `${browserName(req)} · ${way}`, web.now())
  const ends = endsWithVoucher && {
    parentId: voucher.id,
    expiresAtMs: Math.min(session.expiresAtMs, voucher.expiresAtMs),
  }
  const opened = await web.store.openSession(voucher, {
    ...limits,
    session: { ...session, ...ends },
  })
  if (opened === null) throw new ApiError('SESSION_REVOKED', 'That session has ended meanwhile.')
  await giveWebSession(web, req, res, opened.session)
  return opened.user
}
