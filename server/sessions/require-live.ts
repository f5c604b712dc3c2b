/** Changes that a signed-in person requests: each needs that the session is still live. */
import type { Transaction } from 'kysely'
import { ApiError } from '../errors'
import { lockSession } from '../store/sql-client'
import type { SessionTable, SqlClient } from '../store/sql-client'
import type { EndReason, LiveSession, Store } from '../store/store'

/** After the first, a client logs in again silently; after the others it waits for a tap. */
const ERRORS = {
  unknown: () => new ApiError('SESSION_REVOKED', 'The session was ended: log in again.'),
  'ended-elsewhere': () =>
    new ApiError('SESSION_ENDED', 'The person ended this session from another device.'),
  'account-deleted': () => new ApiError('ACCOUNT_DELETED', 'The person deleted the account.'),
} satisfies Record<EndReason | 'unknown', () => ApiError>

export const errorOfEnd = (reason: EndReason): ApiError => ERRORS[reason]()

type EndReasons = Pick<Store, 'findEndReason'>

/** The error for a session that is not live; `tokenUserId` is the user id in its token. */
export async function endedError(
  store: EndReasons,
  sessionId: string,
  tokenUserId?: string,
): Promise<ApiError> {
  const reason = await store.findEndReason(sessionId, tokenUserId)
  return ERRORS[reason ?? 'unknown']()
}

/**
 * @param change a write of the store; it resolves with null if the session had ended before.
 * @throws ApiError SESSION_REVOKED, SESSION_ENDED, ACCOUNT_DELETED in that case.
 */
export async function requireLive<T>(
  store: EndReasons,
  { session }: LiveSession,
  change: Promise<T | null>,
): Promise<T> {
  const result = await change
  if (result === null) throw await endedError(store, session.id, session.tokenUserId)
  return result
}

interface ChangeContext<Tables> {
  store: EndReasons
  sqlClient: SqlClient<Tables>
}

/**
 * Changes tables of a feature.
 *
 * @param change only runs if the requesting session is still live in the same transaction. `userId` is the
 * session's user at this moment: after a merge it differs from that of `live`.
 * @throws ApiError SESSION_REVOKED, SESSION_ENDED, ACCOUNT_DELETED
 */
export const changeAs = <Tables extends SessionTable, T>(
  { store, sqlClient }: ChangeContext<Tables>,
  live: LiveSession,
  change: (trx: Transaction<Tables>, userId: string) => Promise<T>,
): Promise<T> =>
  requireLive(
    store,
    live,
    sqlClient.write(async (trx) => {
      const userId = await lockSession(sqlClient, trx, live.session.id)
      return userId === null ? null : change(trx, userId)
    }, live.user.id),
  )
