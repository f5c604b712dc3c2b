/** A write names the session that asks and checks in its own transaction that it still lives. */
import type { Transaction } from 'kysely'
import { ApiError } from '../errors'
import type { SessionRecord } from '../store/store'
import type { PaySql, PayTables } from './tables'

/**
 * The session stays locked until the commit: a log-out comes wholly before or after.
 *
 * @throws ApiError SESSION_REVOKED
 */
export async function assertSessionLives(
  trx: Transaction<PayTables>,
  engine: PaySql['engine'],
  { id }: Pick<SessionRecord, 'id'>,
): Promise<void> {
  const query = trx.selectFrom('sessions').select('id').where('id', '=', id)
  // SQLite has one writer at a time and no words for it.
  const locked = engine === 'sqlite' ? query : query.forUpdate()
  if ((await locked.executeTakeFirst()) !== undefined) return
  throw new ApiError('SESSION_REVOKED', 'The session was ended: log in again.')
}
