/** Opens a session of a user, and ends expired ones and those beyond the limit. */
import type { WriteContext } from '../engine'
import type { Trx } from '../schema/tables'
import type { Requester, SessionOpening } from '../store'
import { nextSeq, sessionsToEnd } from './login-rules'
import type { SessionTimes } from './login-rules'
import { lockOwner } from './sessions'

/** The caller must have locked the user's row, so that no other login counts these sessions now. */
export const findSessionTimes = (trx: Trx, userId: string): Promise<SessionTimes[]> =>
  trx
    .selectFrom('sessions')
    .select(['id', 'parent_id', 'seq', 'created_at_ms', 'last_seen_at_ms', 'expires_at_ms'])
    .where('user_id', '=', userId)
    .execute()

/**
 * @param owner has the `id` of the requesting session, if there is one.
 * @param others the existing sessions of the user.
 */
export async function openSession(
  trx: Trx,
  opening: SessionOpening,
  owner: Pick<Requester, 'userId' | 'appid' | 'openid'> & Partial<Requester>,
  others: readonly SessionTimes[],
): Promise<void> {
  const { session, nowMs } = opening
  const { userId, appid, openid } = owner
  const ended = sessionsToEnd(others, opening, owner.id)
  if (ended.length > 0) {
    await trx
      .deleteFrom('sessions')
      .where('user_id', '=', userId)
      .where('id', 'in', ended)
      .execute()
  }
  const row = {
    user_id: userId,
    id: session.id,
    seq: nextSeq(others),
    appid,
    openid,
    device: session.device,
    created_at_ms: nowMs,
    last_seen_at_ms: nowMs,
    expires_at_ms: session.expiresAtMs,
    parent_id: session.parentId ?? null,
  }
  await trx.insertInto('sessions').values(row).execute()
}

/** Null when the requesting session has ended. Locks the owner's rows, so that nobody else counts sessions now. */
export async function openAnotherSession(
  context: WriteContext,
  requester: Requester,
  opening: SessionOpening,
): Promise<true | null> {
  const owner = await lockOwner(context, requester)
  if (owner === null) return null
  const others = await findSessionTimes(context.trx, owner.userId)
  await openSession(context.trx, opening, owner, others)
  return true
}
