/**
 * The login of a new person, or of one with a new openid or unionid: one transaction at READ
 * COMMITTED. A known person takes the engine's fast path, see engine.ts.
 *
 * Rows are locked in one order, unionid → identity → user, so that logins wait for each other
 * instead of deadlocking. A login that finds that another one came first throws
 * ConcurrentChangeError and runs again, so that it sees the rows of the other. Locks on a unionid
 * and on a user are writes, because a database cluster detects only conflicting writes.
 */
import { hash, randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Selectable, Updateable } from 'kysely'
import { ConcurrentChangeError, isDuplicateKey } from '../engine'
import type { WriteContext } from '../engine'
import { UNIONID_LOCKS } from '../schema/servers-001-initial'
import type { Db, IdentitiesTable, Trx } from '../schema/tables'
import { forUpdate } from '../sql-client'
import type {
  BindWrite,
  IdentityWrite,
  LoginResult,
  LoginWrite,
  UserRecord,
  WechatPerson,
} from '../store'
import { mergeSessionKeys } from './login-rules'
import { mergeUsers } from './merge'
import { findSessionTimes, openSession } from './open-session'
import { selectUser, toUser } from './user-row'

type Identity = Selectable<IdentitiesTable>

interface Resolved {
  userId: string
  isNew: boolean
  mergedUserId?: string
}

const concurrent = () => new ConcurrentChangeError('another login changed this person meanwhile')

/** @throws ConcurrentChangeError when the row exists by now. */
async function insertNew(insert: { execute(): Promise<unknown> }): Promise<void> {
  try {
    await insert.execute()
  } catch (error) {
    throw isDuplicateKey(error) ? concurrent() : error
  }
}

/** SQLite has one writer at a time and needs no lock. */
async function lockUnionid({ trx, engineName }: WriteContext, unionid: string): Promise<void> {
  if (engineName === 'sqlite') return
  const id = hash('sha256', unionid, 'buffer').readUInt32BE() % UNIONID_LOCKS
  await trx
    .updateTable('unionid_locks')
    .set({ turns: sql`turns + 1` })
    .where('id', '=', id)
    .execute()
}

/** Locks the identity until the commit, so that its user can't change. */
async function findIdentity(
  { trx, engineName }: WriteContext,
  { appid, openid }: IdentityWrite,
): Promise<Identity | undefined> {
  const query = trx
    .selectFrom('identities')
    .selectAll()
    .where('appid', '=', appid)
    .where('openid', '=', openid)
  return forUpdate(engineName, query).executeTakeFirst()
}

/** The oldest user of this unionid. */
async function findUserIdByUnionid(trx: Db, unionid: string): Promise<string | undefined> {
  const row = await trx
    .selectFrom('identities as i')
    .innerJoin('users as u', 'u.id', 'i.user_id')
    .select('u.id')
    .where('i.unionid', '=', unionid)
    .orderBy('u.created_at_ms')
    .orderBy('u.id')
    .limit(sql.lit(1))
    .executeTakeFirst()
  return row?.id
}

async function resolveUser(
  context: WriteContext,
  write: LoginWrite,
  own: string | undefined,
): Promise<Resolved> {
  const { unionid, nowMs } = write
  const sameUnionid = unionid === null ? undefined : await findUserIdByUnionid(context.trx, unionid)
  if (own !== undefined && sameUnionid !== undefined && own !== sameUnionid) {
    const merged = await mergeUsers(context, [own, sameUnionid], nowMs)
    return { userId: merged.olderId, isNew: false, mergedUserId: merged.youngerId }
  }
  const known = own ?? sameUnionid
  if (known !== undefined) return { userId: known, isNew: false }
  const { newUserId = randomUUID() } = write
  return { userId: newUserId, isNew: !(await hasUser(context.trx, newUserId)) }
}

async function hasUser(trx: Trx, userId: string): Promise<boolean> {
  const row = await trx.selectFrom('users').select('id').where('id', '=', userId).executeTakeFirst()
  return row !== undefined
}

/** Locks the user's row until the commit, so that logins of one user count its sessions one after another. */
async function writeUser(trx: Trx, { userId, isNew }: Resolved, nowMs: number): Promise<void> {
  if (isNew) {
    await insertNew(trx.insertInto('users').values({ id: userId, created_at_ms: nowMs }))
    return
  }
  const { numUpdatedRows } = await trx
    .updateTable('users')
    .set((row) => ({ gender: row.ref('gender') }))
    .where('id', '=', userId)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) throw concurrent()
}

export async function renewIdentity(
  trx: Trx,
  { appid, openid }: IdentityWrite,
  columns: Updateable<IdentitiesTable>,
): Promise<void> {
  await trx
    .updateTable('identities')
    .set(columns)
    .where('appid', '=', appid)
    .where('openid', '=', openid)
    .execute()
}

async function writeIdentity(
  trx: Trx,
  write: IdentityWrite,
  userId: string,
  stored: Identity | undefined,
): Promise<void> {
  const { appid, openid, nowMs, sessionKeySealed, sessionKeyAtMs } = write
  if (stored !== undefined) {
    const unionid = write.unionid ?? stored.unionid
    await renewIdentity(trx, write, {
      ...mergeSessionKeys(stored, write),
      user_id: userId,
      unionid,
    })
    return
  }
  const row = {
    appid,
    openid,
    unionid: write.unionid,
    user_id: userId,
    session_key_sealed: sessionKeySealed,
    session_key_at_ms: sessionKeyAtMs,
    created_at_ms: nowMs,
    last_login_at_ms: nowMs,
  }
  await insertNew(trx.insertInto('identities').values(row))
}

/** @throws ConcurrentChangeError */
export async function login(context: WriteContext, write: LoginWrite): Promise<LoginResult> {
  const { trx } = context
  if (write.unionid !== null) await lockUnionid(context, write.unionid)
  const stored = await findIdentity(context, write)
  const resolved = await resolveUser(context, write, stored?.user_id)
  const { userId, ...outcome } = resolved
  await writeUser(trx, resolved, write.nowMs)
  await writeIdentity(trx, write, userId, stored)
  const others = resolved.isNew ? [] : await findSessionTimes(trx, userId)
  await openSession(trx, write, { ...write, userId }, others)
  return { user: await findOwnUser(trx, write, userId), ...outcome }
}

async function findOwnUser(
  trx: Trx,
  { appid, openid }: IdentityWrite,
  userId: string,
): Promise<UserRecord> {
  const row = await selectUser(trx)
    .where('i.appid', '=', appid)
    .where('i.openid', '=', openid)
    .executeTakeFirst()
  if (row?.id !== userId) throw concurrent()
  return toUser(row)
}

/** @throws ConcurrentChangeError */
export async function bind(context: WriteContext, write: BindWrite): Promise<UserRecord | null> {
  const { trx } = context
  const { unionid, userId, nowMs } = write
  if (unionid !== null) await lockUnionid(context, unionid)
  const stored = await findIdentity(context, write)
  const sameUnionid = unionid === null ? undefined : await findUserIdByUnionid(trx, unionid)
  const others = [stored?.user_id, sameUnionid].filter((id) => id !== undefined && id !== userId)
  if (others.length > 0) return null
  await writeUser(trx, { userId, isNew: !(await hasUser(trx, userId)) }, nowMs)
  await writeIdentity(trx, write, userId, stored)
  return findOwnUser(trx, write, userId)
}

export async function findUserId(
  db: Db,
  { appid, openid, unionid }: WechatPerson,
): Promise<string | null> {
  const row = await db
    .selectFrom('identities')
    .select('user_id')
    .where('appid', '=', appid)
    .where('openid', '=', openid)
    .executeTakeFirst()
  if (row !== undefined) return row.user_id
  return unionid === null ? null : ((await findUserIdByUnionid(db, unionid)) ?? null)
}
