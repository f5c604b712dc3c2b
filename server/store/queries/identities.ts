/** Reads what an app knows of a person: the openid, and the session_key. */
import type { Db } from '../schema/tables'
import type { SessionKeys } from '../store'

export async function findOpenid(db: Db, userId: string, appid: string): Promise<string | null> {
  const row = await db
    .selectFrom('identities')
    .select('openid')
    .where('user_id', '=', userId)
    .where('appid', '=', appid)
    .orderBy('last_login_at_ms', 'desc')
    .executeTakeFirst()
  return row?.openid ?? null
}

export async function findSessionKeys(
  db: Db,
  appid: string,
  openid: string,
): Promise<SessionKeys | null> {
  const row = await db
    .selectFrom('identities')
    .select(['session_key_sealed as current', 'previous_session_key_sealed as previous'])
    .where('appid', '=', appid)
    .where('openid', '=', openid)
    .executeTakeFirst()
  // Empty: this app has no session_key.
  return row === undefined || row.current === '' ? null : row
}
