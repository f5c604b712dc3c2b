/** Asks a database server whether a login could be written. Each condition has an index, so no table is read. */
import { sql } from 'kysely'
import type { Db, Trx } from '../schema/tables'

/** Changes no row, so it costs no flush; it still fails on a locked table or a read-only server. */
export async function probeSessions(db: Db): Promise<void> {
  await db.updateTable('sessions').set({ device: '' }).where('id', '=', '').execute()
}

/** After a failed write, only a real write proves that the next one will succeed. */
export async function probeWrite(trx: Trx): Promise<void> {
  await trx
    .updateTable('health')
    .set({ probes: sql`probes + 1` })
    .where('id', '=', 1)
    .execute()
  await trx.updateTable('users').set({ nickname: '' }).where('id', '=', '').execute()
  await trx.updateTable('identities').set({ unionid: '' }).where('user_id', '=', '').execute()
  await probeSessions(trx)
}
