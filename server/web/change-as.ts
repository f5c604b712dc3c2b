/** Makes a change that a session requests. */
import type { Transaction } from 'kysely'
import { lockSession } from '../store/sql-client'
import type { LiveSession } from '../store/store'
import type { WebContext } from './context'
import type { WebTables } from './tables'

/** Makes it only if the requesting session is live in the same transaction. @throws ApiError 401 */
export const changeAs = <T>(
  { sessions, sqlClient }: WebContext,
  live: LiveSession,
  change: (trx: Transaction<WebTables>) => Promise<T>,
): Promise<T> =>
  sessions.requireLive(
    live,
    sqlClient.write(async (trx) =>
      (await lockSession(sqlClient, trx, live.session.id)) === null ? null : change(trx),
    ),
  )
