/** A user `u`, seen through an identity `i`: to be read with `raw()`, which costs a third less than named columns. */
import type { Gender } from '../../../typings/api'
import type { UserRecord } from '../store'

export const USER_COLUMNS = `
  u.id, i.appid, i.openid, i.unionid, u.nickname, u.gender, u.avatar_name, u.avatar_url,
  i.phone_masked, u.created_at_ms,
  (SELECT max(k.last_login_at_ms) FROM identities k WHERE k.user_id = u.id)`

export type UserColumns = [
  id: string,
  appid: string,
  openid: string,
  unionid: string | null,
  nickname: string | null,
  gender: Gender,
  avatarName: string | null,
  avatarUrl: string | null,
  phoneMasked: string | null,
  createdAtMs: number,
  lastLoginAtMs: number,
]

/** @param row may have more columns behind those of the user. */
export function userOf(row: readonly [...UserColumns, ...unknown[]]): UserRecord {
  return {
    id: row[0],
    appid: row[1],
    openid: row[2],
    unionid: row[3],
    nickname: row[4],
    gender: row[5],
    avatarName: row[6],
    avatarUrl: row[7],
    phoneMasked: row[8],
    createdAtMs: row[9],
    lastLoginAtMs: row[10],
  }
}
