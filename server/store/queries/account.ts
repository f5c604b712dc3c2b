/** Changes, export and deletion of a whole account. */
import { sql } from 'kysely'
import type { WriteContext } from '../engine'
import type { Db, Trx } from '../schema/tables'
import { forUpdate } from '../sql-client'
import type {
  AvatarWrite,
  FilledProfile,
  MergedAccount,
  MergedProfile,
  Requester,
  PhoneWrite,
  ProfileChange,
  StoredAccount,
  UserRecord,
} from '../store'
import { mergedIdOf, removeUser } from './merge'
import { findOwner, listSessions, lockOwner, rememberDeletion } from './sessions'
import { selectUser, toUser } from './user-row'

async function findUser(db: Db, { userId, appid, openid }: Requester): Promise<UserRecord | null> {
  const row = await selectUser(db)
    .where('u.id', '=', userId)
    .where('i.appid', '=', appid)
    .where('i.openid', '=', openid)
    .executeTakeFirst()
  return row === undefined ? null : toUser(row)
}

/** Makes a change of an account if the requesting session is live, and returns the user. */
export async function changeAccount(
  context: WriteContext,
  requester: Requester,
  change: (trx: Trx, owner: Requester) => Promise<void>,
): Promise<UserRecord | null> {
  const owner = await lockOwner(context, requester)
  if (owner === null) return null
  await change(context.trx, owner)
  return findUser(context.trx, owner)
}

export async function updateProfile(
  trx: Trx,
  { userId }: Requester,
  { avatarUrl, ...fields }: ProfileChange,
): Promise<void> {
  const change = {
    ...fields,
    ...(fields.nickname === null && { nickname: '' }),
    ...(avatarUrl !== undefined && { avatar_url: avatarUrl }),
  }
  if (Object.keys(change).length === 0) return
  await trx.updateTable('users').set(change).where('id', '=', userId).execute()
}

/** A cleared field is '' and not NULL, so it stays cleared. */
export async function fillProfile(
  trx: Trx,
  { userId }: Requester,
  { nickname, avatarUrl }: FilledProfile,
): Promise<void> {
  if (nickname !== null) {
    await trx
      .updateTable('users')
      .set({ nickname })
      .where('id', '=', userId)
      .where('nickname', 'is', null)
      .execute()
  }
  if (avatarUrl !== null) {
    await trx
      .updateTable('users')
      .set({ avatar_url: avatarUrl })
      .where('id', '=', userId)
      .where('avatar_name', 'is', null)
      .where('avatar_url', 'is', null)
      .execute()
  }
}

/** Keeps pictures of accounts that were merged into this one, because they are in its export. */
async function deleteAvatar(trx: Trx, userId: string): Promise<void> {
  await trx
    .deleteFrom('avatars')
    .where('user_id', '=', userId)
    .where('name', 'not in', (query) =>
      query
        .selectFrom('merged_accounts')
        .select('avatar_name')
        .where('user_id', '=', userId)
        .where('avatar_name', 'is not', null)
        .$narrowType<{ avatar_name: string }>(),
    )
    .execute()
}

export async function setAvatar(
  trx: Trx,
  { userId }: Requester,
  { name, bytes, createdAtMs }: AvatarWrite,
): Promise<void> {
  await deleteAvatar(trx, userId)
  await trx.updateTable('users').set({ avatar_name: name }).where('id', '=', userId).execute()
  await trx
    .insertInto('avatars')
    .values({ name, user_id: userId, bytes, created_at_ms: createdAtMs })
    .execute()
}

export async function removeAvatar(trx: Trx, { userId }: Requester): Promise<void> {
  await deleteAvatar(trx, userId)
  await trx
    .updateTable('users')
    .set({ avatar_name: null, avatar_url: '' })
    .where('id', '=', userId)
    .execute()
}

/** @param phone null removes the number. */
export async function setPhone(
  trx: Trx,
  { userId, appid, openid }: Pick<Requester, 'userId' | 'appid' | 'openid'>,
  phone: PhoneWrite | null,
): Promise<void> {
  await trx
    .updateTable('identities')
    .set({
      phone_sealed: phone?.sealed ?? null,
      phone_masked: phone?.masked ?? null,
      phone_at_ms: phone?.atMs ?? null,
    })
    .where('user_id', '=', userId)
    .where('appid', '=', appid)
    .where('openid', '=', openid)
    .execute()
}

/** Removes the number that user-row.ts shows: that of this app, else the newest. */
export async function removePhone(trx: Trx, owner: Requester): Promise<void> {
  const { userId } = owner
  const withPhone = await trx
    .selectFrom('identities')
    .select(['appid', 'openid'])
    .where('user_id', '=', userId)
    .where('phone_masked', 'is not', null)
    .orderBy(sql`coalesce(phone_at_ms, 0)`, 'desc')
    .execute()
  const own = withPhone.find(
    ({ appid, openid }) => appid === owner.appid && openid === owner.openid,
  )
  const shown = own ?? withPhone[0]
  if (shown !== undefined) await setPhone(trx, { userId, ...shown }, null)
}

export async function findAvatar(db: Db, name: string): Promise<Buffer | null> {
  const row = await db
    .selectFrom('avatars')
    .select('bytes')
    .where('name', '=', name)
    .executeTakeFirst()
  return row?.bytes ?? null
}

async function findMerged(db: Db, userId: string): Promise<MergedAccount[]> {
  const rows = await db
    .selectFrom('merged_accounts as m')
    .leftJoin('avatars as a', 'a.name', 'm.avatar_name')
    .select(['m.id', 'm.profile', 'm.merged_at_ms as mergedAtMs', 'a.bytes as avatar'])
    .where('m.user_id', '=', userId)
    .orderBy('m.merged_at_ms')
    .orderBy('m.id')
    .execute()
  return rows.map((row) => ({
    ...row,
    id: mergedIdOf(row.id),
    profile: JSON.parse(row.profile) as MergedProfile,
  }))
}

/** Only reads. @param db must read from one snapshot. */
export async function exportAccount(db: Db, requester: Requester): Promise<StoredAccount | null> {
  const owner = await findOwner(db, requester)
  const user = owner === null ? null : await findUser(db, owner)
  if (owner === null || user === null) return null
  const { userId } = owner
  const identities = await db
    .selectFrom('identities')
    .select([
      'appid',
      'openid',
      'unionid',
      'phone_sealed as phoneSealed',
      'created_at_ms as createdAtMs',
    ])
    .where('user_id', '=', userId)
    .orderBy('created_at_ms')
    .execute()
  return {
    user,
    identities,
    sessions: await listSessions(db, userId),
    avatar: user.avatarName === null ? null : await findAvatar(db, user.avatarName),
    mergedFrom: await findMerged(db, userId),
  }
}

/** Locks identities before the user, as a login does. Null when the requesting session has ended. */
export async function deleteAccount(
  context: WriteContext,
  requester: Requester,
  nowMs: number,
): Promise<true | null> {
  const { trx, engineName, storages } = context
  const found = await findOwner(trx, requester)
  if (found === null) return null
  const identities = trx
    .selectFrom('identities')
    .select('openid')
    .where('user_id', '=', found.userId)
  await forUpdate(engineName, identities).execute()
  const owner = await lockOwner(context, requester)
  if (owner === null) return null
  await rememberDeletion(context, owner.userId, nowMs)
  for (const storage of storages) await storage.onUserDeleted?.(trx, owner.userId)
  await removeUser(trx, owner.userId)
  return true
}
