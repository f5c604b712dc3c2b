/** A change of a feature's tables that a signed-in person requests. */
import type { Transaction } from 'kysely'
import { sessionEnded } from '../errors'
import { lockSession } from '../store/sql-client'
import type { SessionTable, SqlClient } from '../store/sql-client'
import type { LiveSession, Store } from '../store/store'

interface ChangeContext<Tables> {
  store: Pick<Store, 'findEndReason'>
  sqlClient: SqlClient<Tables>
}

/**
 * @param change only runs if the requesting session is still live in the same transaction. `userId` is the
 * session's user at this moment: after a merge it differs from that of `live`.
 * @throws ApiError SESSION_REVOKED, SESSION_ENDED, ACCOUNT_DELETED
 */
export async function changeAs<Tables extends SessionTable, T>(
  { store, sqlClient }: ChangeContext<Tables>,
  { session, user }: LiveSession,
  change: (trx: Transaction<Tables>, userId: string) => Promise<T>,
): Promise<T> {
  const result = await sqlClient.write(async (trx) => {
    const userId = await lockSession(sqlClient, trx, session.id)
    return userId === null ? null : change(trx, userId)
  }, user.id)
  if (result !== null) return result
  throw sessionEnded(await store.findEndReason(session.id, session.tokenUserId))
}
