/**
 * Removes the expired sessions of people who never return: after a login, at most every ten
 * seconds, it checks the next 500 rows, and features remove their expired rows. A login itself
 * removes those of its own user.
 */
import { sql } from 'kysely'
import type { Tables, Trx } from '../schema/tables'
import type { FeatureStorage } from '../feature-storage'
import type { SqlClient } from '../sql-client'
import type { LoginWrite } from '../store'

const EVERY_MS = 10_000
const ROWS = 500

type Limits = Pick<LoginWrite, 'idleSinceMs' | 'nowMs'>

/** @returns the user to continue with; `''` when the end was reached. */
async function sweepRows(trx: Trx, from: string, { idleSinceMs, nowMs }: Limits): Promise<string> {
  const next = await trx
    .selectFrom('sessions')
    .select('user_id')
    .where('user_id', '>=', from)
    .orderBy('user_id')
    .orderBy('id')
    .limit(sql.lit(1))
    .offset(sql.lit(ROWS))
    .executeTakeFirst()
  const expired = trx
    .deleteFrom('sessions')
    .where('user_id', '>=', from)
    .where((row) =>
      row.or([row('last_seen_at_ms', '<', idleSinceMs), row('expires_at_ms', '<=', nowMs)]),
    )
  await (next === undefined ? expired : expired.where('user_id', '<', next.user_id)).execute()
  return next?.user_id ?? ''
}

/** The storage is unavailable or busy; those rows can wait. */
const ignore = () => undefined

/** @returns a function to call after each login; it does not wait. */
export function createSweep(
  { write }: SqlClient<Tables>,
  storages: readonly FeatureStorage<Tables>[],
): (login: LoginWrite) => void {
  let nextAt = performance.now() + EVERY_MS
  let from = ''
  return ({ idleSinceMs, nowMs }) => {
    if (performance.now() < nextAt) return
    nextAt = performance.now() + EVERY_MS
    const limits = { idleSinceMs, nowMs }
    write((trx) => sweepRows(trx, from, limits)).then((next) => (from = next), ignore)
    // Each feature sweeps in its own transaction: on MySQL the sweep of sessions waits for sessions in use.
    for (const storage of storages) {
      write(async (trx) => storage.onSweep?.(trx, nowMs)).catch(ignore)
    }
  }
}
