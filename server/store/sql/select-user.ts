/** A user seen through one of its identities, as rows.ts wants it. */
import type { Db } from './tables'

export const USER_FIELDS = [
  'u.id',
  'i.appid',
  'i.openid',
  'i.unionid',
  'u.nickname',
  'u.gender',
  'u.avatar_name',
  'u.avatar_url',
  'i.phone_masked',
  'u.created_at_ms',
  'u.last_login_at_ms',
] as const

export function selectUser(db: Db) {
  return db
    .selectFrom('identities as i')
    .innerJoin('users as u', 'u.id', 'i.user_id')
    .select(USER_FIELDS)
}
