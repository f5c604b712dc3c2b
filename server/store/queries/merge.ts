/**
 * Merges two accounts of one person: the older one keeps its id and takes over the data of the younger one.
 *
 * The sessions of both stay valid; those of the younger one store the user id in their tokens. No value is
 * lost: if the older account has its own, the younger one's is stored in merged_accounts for the export.
 * Phone numbers stay with their identities.
 */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Selectable } from 'kysely'
import { ConcurrentChangeError } from '../engine'
import type { WriteContext } from '../engine'
import { PROFILE_NAMES, pickProfile, UNSET } from '../../profile-fields'
import type { Trx, UsersTable } from '../schema/tables'
import { forUpdate } from '../sql-client'
import type { MergedProfile } from '../store'
import { clearedAsNull } from './user-row'

type User = Selectable<UsersTable>

const hasPicture = ({ avatar_name, avatar_url }: User): boolean =>
  avatar_name !== null || clearedAsNull(avatar_url) !== null

/** The values that the older account lacks and the younger one has, or cleared. */
function inherit(older: User, younger: User): Partial<User> {
  const lacking = PROFILE_NAMES.filter(
    (name) => (older[name] === UNSET[name] || older[name] === '') && younger[name] !== null,
  )
  const { avatar_name, avatar_url } = younger
  const takesPicture = !hasPicture(older) && (avatar_name !== null || avatar_url !== null)
  return {
    ...Object.fromEntries(lacking.map((name) => [name, younger[name]])),
    ...(takesPicture && { avatar_name, avatar_url }),
  }
}

/** The profile of the younger account before the merge. */
const toMergedProfile = (younger: User): MergedProfile => ({
  ...pickProfile(younger),
  nickname: clearedAsNull(younger.nickname),
  avatarName: younger.avatar_name,
  avatarUrl: clearedAsNull(younger.avatar_url),
  createdAtMs: younger.created_at_ms,
})

/** Deletes explicitly, because not every compatible engine cascades. */
export async function removeUser(trx: Trx, userId: string): Promise<void> {
  for (const table of ['sessions', 'avatars', 'merged_accounts', 'identities'] as const) {
    await trx.deleteFrom(table).where('user_id', '=', userId).execute()
  }
  await trx.deleteFrom('users').where('id', '=', userId).execute()
}

/**
 * The primary key. The host may create a merged user id again and merge it again; later rows get the
 * id, a blank and a random suffix. User ids contain no blank.
 */
async function newMergedKey(trx: Trx, id: string): Promise<string> {
  const known = await trx
    .selectFrom('merged_accounts')
    .select('id')
    .where('id', '=', id)
    .executeTakeFirst()
  return known === undefined ? id : `${id} ${randomUUID().slice(0, 8)}`
}

/** @param key from `newMergedKey`. */
export const mergedIdOf = (key: string): string => key.replace(/ .*/, '')

/** Locks identities before users, the order of every transaction. */
async function lockBoth(
  { trx, engineName }: WriteContext,
  ids: readonly string[],
): Promise<[User, User]> {
  const identities = trx.selectFrom('identities').select('openid').where('user_id', 'in', ids)
  await forUpdate(engineName, identities).execute()
  const query = trx
    .selectFrom('users')
    .selectAll()
    .where('id', 'in', ids)
    .orderBy('created_at_ms')
    .orderBy('id')
  const [older, younger] = await forUpdate(engineName, query).execute()
  if (older === undefined || younger === undefined) {
    throw new ConcurrentChangeError('one of two accounts that are one person is gone')
  }
  return [older, younger]
}

async function moveAll(trx: Trx, olderId: string, youngerId: string): Promise<void> {
  const user_id = olderId
  await trx.updateTable('identities').set({ user_id }).where('user_id', '=', youngerId).execute()
  await trx
    .updateTable('sessions')
    .set({ user_id, issued_to: sql`coalesce(issued_to, ${youngerId})` })
    .where('user_id', '=', youngerId)
    .execute()
  await trx.updateTable('avatars').set({ user_id }).where('user_id', '=', youngerId).execute()
  await trx
    .updateTable('merged_accounts')
    .set({ user_id })
    .where('user_id', '=', youngerId)
    .execute()
}

/** @throws ConcurrentChangeError when one of them was deleted meanwhile. */
export async function mergeUsers(
  context: WriteContext,
  ids: readonly [string, string],
  nowMs: number,
): Promise<{ olderId: string; youngerId: string }> {
  const { trx, storages } = context
  const [older, younger] = await lockBoth(context, ids)
  const users = { olderId: older.id, youngerId: younger.id }
  await moveAll(trx, older.id, younger.id)
  const inherited = inherit(older, younger)
  if (Object.keys(inherited).length > 0) {
    await trx.updateTable('users').set(inherited).where('id', '=', older.id).execute()
  }
  const isPictureKept = !('avatar_name' in inherited)
  await trx
    .insertInto('merged_accounts')
    .values({
      id: await newMergedKey(trx, younger.id),
      user_id: older.id,
      profile: JSON.stringify(toMergedProfile(younger)),
      avatar_name: isPictureKept ? younger.avatar_name : null,
      merged_at_ms: nowMs,
    })
    .execute()
  for (const storage of storages) await storage.onUsersMerged?.(trx, users)
  await removeUser(trx, younger.id)
  return users
}
