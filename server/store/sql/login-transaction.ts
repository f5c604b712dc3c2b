/**
 * The writes of one login, inside one transaction at READ COMMITTED.
 *
 * People with one unionid are one user: the older account wins, the younger one's identities move
 * to it and the younger one's sessions end, since their tokens name a user that is no more.
 *
 * Locks are taken in one order, unionid → identity → user, so that logins wait for each other
 * instead of undoing each other. An identity is written by an upsert; whoever finds afterwards that
 * another login was there first throws Overtaken and runs again with the other one's rows in sight.
 */
import { createHash, randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { LoginResult, LoginWrite } from '../store'
import { toUser } from '../rows'
import type { SqlDialect } from './dialect'
import { Overtaken } from './faults'
import { merge } from './merge'
import { UNIONID_LOCKS } from './migrations/001-initial'
import { selectUser } from './select-user'
import type { Trx } from './tables'

interface Resolved {
  userId: string
  isNew: boolean
  absorbedUserId?: string
}

const OVERTAKEN = 'another login changed this person meanwhile'

async function lockUnionid(trx: Trx, unionid: string): Promise<void> {
  const id = createHash('sha256').update(unionid).digest().readUInt32BE() % UNIONID_LOCKS
  await trx.selectFrom('unionid_locks').select('id').where('id', '=', id).forUpdate().execute()
}

/** The identity's row stays locked, so its user stays who it is. */
async function findOwnerId(trx: Trx, { appid, openid }: LoginWrite): Promise<string | undefined> {
  const row = await trx
    .selectFrom('identities')
    .select('user_id')
    .where('appid', '=', appid)
    .where('openid', '=', openid)
    .forUpdate()
    .executeTakeFirst()
  return row?.user_id
}

async function findKinId(trx: Trx, unionid: string): Promise<string | undefined> {
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

async function resolveUser(trx: Trx, write: LoginWrite): Promise<Resolved> {
  if (write.unionid !== null) await lockUnionid(trx, write.unionid)
  const own = await findOwnerId(trx, write)
  const kin = write.unionid === null ? undefined : await findKinId(trx, write.unionid)
  if (own !== undefined && kin !== undefined && own !== kin) {
    const { olderId, youngerId } = await merge(trx, own, kin)
    return { userId: olderId, isNew: false, absorbedUserId: youngerId }
  }
  const known = own ?? kin
  return { userId: known ?? randomUUID(), isNew: known === undefined }
}

/** Locks the user's row until the commit: logins of one user count its sessions in turn. */
async function markLogin(trx: Trx, { userId, isNew }: Resolved, nowMs: number): Promise<void> {
  if (isNew) {
    const row = { id: userId, created_at_ms: nowMs, last_login_at_ms: nowMs }
    await trx.insertInto('users').values(row).execute()
    return
  }
  const { numUpdatedRows } = await trx
    .updateTable('users')
    .set({ last_login_at_ms: sql<number>`greatest(last_login_at_ms, ${nowMs})` })
    .where('id', '=', userId)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) throw new Overtaken(OVERTAKEN)
}

/**
 * Of two logins the later one's key stays, and the one before it is remembered; WeChat may answer the
 * same key again, which is then not the one before. Each assignment sees the row before those behind it.
 */
function laterKeyWins({ sessionKeySealed, sessionKeyAtMs, unionid }: LoginWrite) {
  const isLater = sql`${sessionKeyAtMs} >= identities.session_key_at_ms`
  const isNew = sql`${sessionKeySealed} <> identities.session_key_sealed`
  return {
    previous_session_key_sealed: sql`CASE WHEN ${isLater} AND ${isNew}
      THEN identities.session_key_sealed
      ELSE identities.previous_session_key_sealed END`,
    session_key_sealed: sql`CASE WHEN ${isLater} THEN ${sessionKeySealed}
      ELSE identities.session_key_sealed END`,
    session_key_at_ms: sql`greatest(identities.session_key_at_ms, ${sessionKeyAtMs})`,
    unionid: sql`coalesce(${unionid}, identities.unionid)`,
  }
}

async function upsertIdentity(
  trx: Trx,
  dialect: SqlDialect,
  write: LoginWrite,
  userId: string,
): Promise<void> {
  const insert = trx.insertInto('identities').values({
    appid: write.appid,
    openid: write.openid,
    unionid: write.unionid,
    user_id: userId,
    session_key_sealed: write.sessionKeySealed,
    session_key_at_ms: write.sessionKeyAtMs,
    created_at_ms: write.session.createdAtMs,
  })
  await dialect.orUpdate(insert, laterKeyWins(write)).execute()
}

/** The user's row is locked: no other login counts these sessions now. */
async function openSession(trx: Trx, write: LoginWrite, userId: string): Promise<void> {
  const { appid, openid, session, idleSinceMs, maxSessions } = write
  const { id, device, createdAtMs, expiresAtMs } = session
  const others = await trx
    .selectFrom('sessions')
    .select(['id', 'last_seen_at_ms', 'expires_at_ms'])
    .where('user_id', '=', userId)
    .orderBy('created_at_ms', 'desc')
    .orderBy('seq', 'desc')
    .execute()
  const live = others.filter(
    (other) => other.last_seen_at_ms >= idleSinceMs && other.expires_at_ms > createdAtMs,
  )
  const kept = new Set(live.slice(0, maxSessions - 1).map((other) => other.id))
  const ended = others.flatMap((other) => (kept.has(other.id) ? [] : [other.id]))
  if (ended.length > 0) await trx.deleteFrom('sessions').where('id', 'in', ended).execute()
  await trx
    .insertInto('sessions')
    .values({
      id,
      user_id: userId,
      appid,
      openid,
      device,
      created_at_ms: createdAtMs,
      last_seen_at_ms: createdAtMs,
      expires_at_ms: expiresAtMs,
    })
    .execute()
}

/** @throws Overtaken */
export async function login(
  trx: Trx,
  dialect: SqlDialect,
  write: LoginWrite,
): Promise<LoginResult> {
  const resolved = await resolveUser(trx, write)
  const { userId, ...outcome } = resolved
  await markLogin(trx, resolved, write.session.createdAtMs)
  await upsertIdentity(trx, dialect, write, userId)
  await openSession(trx, write, userId)
  const row = await selectUser(trx)
    .where('i.appid', '=', write.appid)
    .where('i.openid', '=', write.openid)
    .executeTakeFirst()
  if (row?.id !== userId) throw new Overtaken(OVERTAKEN)
  return { user: toUser(row), ...outcome }
}
