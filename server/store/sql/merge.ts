/** Two accounts turn out to be one person: the older one keeps its id and takes the younger one in. */
import type { Selectable } from 'kysely'
import { Overtaken } from './faults'
import type { Trx, UsersTable } from './tables'

type User = Selectable<UsersTable>

/** What the older account lacks, the younger one gives. */
function inherit(older: User, younger: User) {
  const hasPicture = older.avatar_name !== null || older.avatar_url !== null
  return {
    nickname: older.nickname ?? younger.nickname,
    gender: older.gender === 0 ? younger.gender : older.gender,
    avatar_name: hasPicture ? older.avatar_name : younger.avatar_name,
    avatar_url: hasPicture ? older.avatar_url : younger.avatar_url,
  }
}

/** Explicit, as not every engine that speaks these languages cascades. */
export async function removeUser(trx: Trx, userId: string): Promise<void> {
  await trx.deleteFrom('sessions').where('user_id', '=', userId).execute()
  await trx.deleteFrom('avatars').where('user_id', '=', userId).execute()
  await trx.deleteFrom('identities').where('user_id', '=', userId).execute()
  await trx.deleteFrom('users').where('id', '=', userId).execute()
}

async function selectBoth(trx: Trx, ids: readonly string[]): Promise<[User, User]> {
  const [older, younger] = await trx
    .selectFrom('users')
    .selectAll()
    .where('id', 'in', ids)
    .orderBy('created_at_ms')
    .orderBy('id')
    .forUpdate()
    .execute()
  if (older === undefined || younger === undefined) {
    throw new Overtaken('one of two accounts that are one person is gone')
  }
  return [older, younger]
}

/** @throws Overtaken when one of them was deleted meanwhile. */
export async function merge(
  trx: Trx,
  one: string,
  other: string,
): Promise<{ olderId: string; youngerId: string }> {
  const ids = [one, other]
  // Identities before users: the order in which every transaction locks.
  await trx
    .selectFrom('identities')
    .select('openid')
    .where('user_id', 'in', ids)
    .forUpdate()
    .execute()
  const [older, younger] = await selectBoth(trx, ids)
  const inherited = inherit(older, younger)
  await trx
    .updateTable('identities')
    .set({ user_id: older.id })
    .where('user_id', '=', younger.id)
    .execute()
  await trx.updateTable('users').set(inherited).where('id', '=', older.id).execute()
  if (inherited.avatar_name !== null) {
    // The picture that was inherited changes hands before its old owner goes.
    await trx
      .updateTable('avatars')
      .set({ user_id: older.id })
      .where('user_id', '=', younger.id)
      .where('name', '=', inherited.avatar_name)
      .execute()
  }
  await removeUser(trx, younger.id)
  return { olderId: older.id, youngerId: younger.id }
}
