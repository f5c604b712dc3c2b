/** Sessions by their id: what each request asks, and the ways out. */
import { sql } from 'kysely'
import { toLiveSession } from '../rows'
import type { LiveSession, SessionKeys } from '../store'
import { USER_FIELDS } from './select-user'
import type { Db, Trx } from './tables'

export async function findLiveSession(db: Db, sessionId: string): Promise<LiveSession | null> {
  const row = await db
    .selectFrom('sessions as s')
    .innerJoin('users as u', 'u.id', 's.user_id')
    .innerJoin('identities as i', (join) =>
      join.onRef('i.appid', '=', 's.appid').onRef('i.openid', '=', 's.openid'),
    )
    .select(USER_FIELDS)
    .select([
      's.id as sid',
      's.device',
      's.created_at_ms as session_created_at_ms',
      's.last_seen_at_ms',
      's.expires_at_ms',
    ])
    .where('s.id', '=', sessionId)
    .executeTakeFirst()
  return row === undefined ? null : toLiveSession(row)
}

export async function touchSession(trx: Trx, id: string, lastSeenAtMs: number): Promise<void> {
  await trx
    .updateTable('sessions')
    .set({ last_seen_at_ms: sql<number>`greatest(last_seen_at_ms, ${lastSeenAtMs})` })
    .where('id', '=', id)
    .execute()
}

export async function endSession(trx: Trx, id: string, userId: string): Promise<boolean> {
  const { numDeletedRows } = await trx
    .deleteFrom('sessions')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

export async function endAllSessions(trx: Trx, userId: string): Promise<number> {
  const { numDeletedRows } = await trx
    .deleteFrom('sessions')
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return Number(numDeletedRows)
}

export async function findSessionKeys(
  db: Db,
  appid: string,
  openid: string,
): Promise<SessionKeys | null> {
  const row = await db
    .selectFrom('identities')
    .select(['session_key_sealed', 'previous_session_key_sealed'])
    .where('appid', '=', appid)
    .where('openid', '=', openid)
    .executeTakeFirst()
  if (row === undefined) return null
  return { current: row.session_key_sealed, previous: row.previous_session_key_sealed }
}

export async function countSessions(db: Db): Promise<number> {
  const { count } = await db
    .selectFrom('sessions')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}
