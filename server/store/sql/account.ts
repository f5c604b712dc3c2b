/** What touches a whole account: its profile, its picture, its phone, its export and its end. */
import type {
  AvatarWrite,
  Owner,
  PhoneWrite,
  ProfileChange,
  SessionRecord,
  StoredAccount,
  UserRecord,
} from '../store'
import { toSession, toUser } from '../rows'
import { removeUser } from './merge'
import { selectUser } from './select-user'
import type { Db, Trx } from './tables'

async function findUser(db: Db, { userId, appid, openid }: Owner): Promise<UserRecord | null> {
  const row = await selectUser(db)
    .where('u.id', '=', userId)
    .where('i.appid', '=', appid)
    .where('i.openid', '=', openid)
    .executeTakeFirst()
  return row === undefined ? null : toUser(row)
}

export async function listSessions(db: Db, userId: string): Promise<SessionRecord[]> {
  const rows = await db
    .selectFrom('sessions')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('created_at_ms', 'desc')
    .orderBy('seq', 'desc')
    .execute()
  return rows.map(toSession)
}

export async function findAvatar(db: Db, name: string): Promise<Buffer | null> {
  const row = await db
    .selectFrom('avatars')
    .select('bytes')
    .where('name', '=', name)
    .executeTakeFirst()
  return row?.bytes ?? null
}

export async function updateProfile(
  trx: Trx,
  owner: Owner,
  { nickname, gender, avatarUrl }: ProfileChange,
): Promise<UserRecord | null> {
  const change = {
    ...(nickname !== undefined && { nickname }),
    ...(gender !== undefined && { gender }),
    ...(avatarUrl !== undefined && { avatar_url: avatarUrl }),
  }
  if (Object.keys(change).length > 0) {
    await trx.updateTable('users').set(change).where('id', '=', owner.userId).execute()
  }
  return findUser(trx, owner)
}

/** The user's row is written first and so locked: two pictures at once leave one. */
export async function setAvatar(
  trx: Trx,
  owner: Owner,
  { name, bytes, createdAtMs }: AvatarWrite,
): Promise<UserRecord | null> {
  const { userId } = owner
  const { numUpdatedRows } = await trx
    .updateTable('users')
    .set({ avatar_name: name })
    .where('id', '=', userId)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) return null
  await trx.deleteFrom('avatars').where('user_id', '=', userId).execute()
  await trx
    .insertInto('avatars')
    .values({ name, user_id: userId, bytes, created_at_ms: createdAtMs })
    .execute()
  return findUser(trx, owner)
}

export async function setPhone(
  trx: Trx,
  owner: Owner,
  { sealed, masked }: PhoneWrite,
): Promise<UserRecord | null> {
  await trx
    .updateTable('identities')
    .set({ phone_sealed: sealed, phone_masked: masked })
    .where('user_id', '=', owner.userId)
    .where('appid', '=', owner.appid)
    .where('openid', '=', owner.openid)
    .execute()
  return findUser(trx, owner)
}

export async function exportAccount(trx: Trx, owner: Owner): Promise<StoredAccount | null> {
  const user = await findUser(trx, owner)
  if (user === null) return null
  const identities = await trx
    .selectFrom('identities')
    .select(['appid', 'openid', 'unionid', 'phone_sealed', 'created_at_ms'])
    .where('user_id', '=', owner.userId)
    .orderBy('created_at_ms')
    .execute()
  const avatar = await trx
    .selectFrom('avatars')
    .select('bytes')
    .where('user_id', '=', owner.userId)
    .executeTakeFirst()
  return {
    user,
    identities: identities.map((row) => ({
      appid: row.appid,
      openid: row.openid,
      unionid: row.unionid,
      phoneSealed: row.phone_sealed,
      createdAtMs: row.created_at_ms,
    })),
    sessions: await listSessions(trx, owner.userId),
    avatar: avatar?.bytes ?? null,
  }
}

/** Identities are locked before the user, as a login does. */
export async function deleteAccount(trx: Trx, userId: string): Promise<void> {
  await trx
    .selectFrom('identities')
    .select('openid')
    .where('user_id', '=', userId)
    .forUpdate()
    .execute()
  await removeUser(trx, userId)
}
