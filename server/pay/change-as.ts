/** A change that a signed-in person requests. */
import type { Transaction } from 'kysely'
import { requireLive } from '../sessions/sessions'
import { lockSession } from '../store/sql-client'
import type { LiveSession } from '../store/store'
import type { PayContext } from './context'
import type { PayTables } from './tables'

/**
 * @param change only runs if the requesting session is still live in the same transaction. `userId` is the
 * session's user at this moment: after a merge it differs from that of `live`.
 * @throws ApiError SESSION_REVOKED, SESSION_ENDED, ACCOUNT_DELETED
 */
export const changeAs = <T>(
  { store, sql }: PayContext,
  live: LiveSession,
  change: (trx: Transaction<PayTables>, userId: string) => Promise<T>,
): Promise<T> =>
  requireLive(
    store,
    live,
    sql.write(async (trx) => {
      const userId = await lockSession(sql, trx, live.session.id)
      return userId === null ? null : change(trx, userId)
    }),
  )
