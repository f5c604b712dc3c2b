/** Finds and ends sessions, and records why one ended. */
import { hash } from 'node:crypto'
import { sql } from 'kysely'
import { ConcurrentChangeError } from '../engine'
import type { WriteContext } from '../engine'
import type { Db, SessionsTable, Trx } from '../schema/tables'
import { forUpdate } from '../sql-client'
import { CLOCK_SKEW_MS } from '../store'
import type { EndReason } from '../../errors'
import type { Requester, SessionRecord } from '../store'
import { mergedIdOf } from './merge'
import { toSession } from './user-row'

/** How long we record why a session ended: the default lifetime of its token. */
const REMEMBER_MS = 30 * 24 * 3_600_000

/**
 * users comes first in FROM because PostgreSQL locks in that order, and every transaction locks the user
 * before its sessions.
 */
const selectOwner = (db: Db, sessionId: string) =>
  db
    .selectFrom('users as u')
    .innerJoin('sessions as s', 's.user_id', 'u.id')
    .select(['s.id', 'u.id as userId', 's.appid', 's.openid'])
    .select((row) => row.fn.coalesce('s.issued_to', 'u.id').as('tokenUserId'))
    .where('s.id', '=', sessionId)

/** The session's user at this moment, which a merge may have changed. Null when the session has ended. */
export async function findOwner(db: Db, { id }: Requester): Promise<Requester | null> {
  return (await selectOwner(db, id).executeTakeFirst()) ?? null
}

/**
 * Locks the session and its user until the commit, so that a logout happens either before or after.
 * @throws ConcurrentChangeError when a merge moved the session to another user while we waited for its lock:
 * PostgreSQL then compares the new row of the session with the old user, so the join is empty.
 */
export async function lockOwner(
  { trx, engineName }: WriteContext,
  requester: Requester,
): Promise<Requester | null> {
  const owner = await forUpdate(engineName, selectOwner(trx, requester.id)).executeTakeFirst()
  if (owner !== undefined) return owner
  if ((await findOwner(trx, requester)) === null) return null
  throw new ConcurrentChangeError('a merge moved this session meanwhile')
}

/** Only moves forward. A stored time in the future is replaced, because a clock was wrong then. */
export async function touchSession(
  { trx }: WriteContext,
  id: string,
  lastSeenAtMs: number,
): Promise<void> {
  await trx
    .updateTable('sessions')
    .set({ last_seen_at_ms: lastSeenAtMs })
    .where('id', '=', id)
    .where((row) =>
      row.or([
        row('last_seen_at_ms', '<', lastSeenAtMs),
        row('last_seen_at_ms', '>', lastSeenAtMs + CLOCK_SKEW_MS),
      ]),
    )
    .execute()
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

/**
 * Deletes at most this many rows in one log-out, so that a log-out stays fast when very many records
 * expire on one day.
 */
const FORGET_AT_ONCE = 500

async function forgetExpired(trx: Trx, nowMs: number): Promise<void> {
  const expired = trx
    .selectFrom('ended_sessions')
    .select('id')
    .where('until_ms', '<=', nowMs)
    .limit(FORGET_AT_ONCE)
  // MySQL refuses LIMIT in a subquery of IN, but not inside a derived table.
  const ids = trx.selectFrom(expired.as('expired')).select('expired.id')
  await trx.deleteFrom('ended_sessions').where('id', 'in', ids).execute()
}

/** Also deletes records that have expired. */
async function rememberEnded(
  trx: Trx,
  ids: readonly string[],
  reason: EndReason,
  nowMs: number,
): Promise<void> {
  await forgetExpired(trx, nowMs)
  if (ids.length === 0) return
  const until_ms = nowMs + REMEMBER_MS
  await trx
    .insertInto('ended_sessions')
    .values(ids.map((id) => ({ id, reason, until_ms })))
    .execute()
}

type SessionParent = Pick<SessionsTable, 'id' | 'parent_id'>

function findSessionParents(
  { trx, engineName }: WriteContext,
  userId: string,
): Promise<SessionParent[]> {
  const query = trx
    .selectFrom('sessions')
    .select(['id', 'parent_id'])
    .where('user_id', '=', userId)
    .orderBy('id')
  return forUpdate(engineName, query).execute()
}

/**
 * Ends the sessions of the person that `pick` returns. No reason is recorded for the requesting
 * session, because its client knows why it ended.
 * @returns how many; null when the requesting session has ended.
 */
async function endSessions(
  context: WriteContext,
  requester: Requester,
  nowMs: number,
  pick: (all: SessionParent[], owner: Requester) => SessionParent[],
): Promise<number | null> {
  const owner = await lockOwner(context, requester)
  if (owner === null) return null
  const ids = pick(await findSessionParents(context, owner.userId), owner).map(({ id }) => id)
  if (ids.length === 0) return 0
  await context.trx
    .deleteFrom('sessions')
    .where('user_id', '=', owner.userId)
    .where('id', 'in', ids)
    .execute()
  const others = ids.filter((id) => id !== owner.id)
  await rememberEnded(context.trx, others, 'ended-elsewhere', nowMs)
  return ids.length
}

export async function endSession(
  context: WriteContext,
  requester: Requester,
  sessionId: string,
  nowMs: number,
): Promise<boolean | null> {
  const count = await endSessions(context, requester, nowMs, (all) =>
    all.some(({ id }) => id === sessionId)
      ? all.filter(({ id, parent_id }) => id === sessionId || parent_id === sessionId)
      : [],
  )
  return count === null ? null : count > 0
}

export const endAllSessions = (
  context: WriteContext,
  requester: Requester,
  nowMs: number,
): Promise<number | null> => endSessions(context, requester, nowMs, (all) => all)

export const endOtherSessions = (
  context: WriteContext,
  requester: Requester,
  nowMs: number,
): Promise<number | null> =>
  endSessions(context, requester, nowMs, (all, owner) => {
    const parentId = all.find(({ id }) => id === owner.id)?.parent_id
    return all.filter(({ id }) => id !== owner.id && id !== parentId)
  })

/** The key of a user in ended_sessions: a hash, because the id of a deleted account must be gone. */
const endedUserKey = (userId: string): string => `user ${hash('sha256', userId, 'base64url')}`

/**
 * We record the end of all sessions of a deleted account, so that their tokens answer ACCOUNT_DELETED, and
 * the user, because tokens of earlier sessions still name it, or an account that was merged into it.
 */
export async function rememberDeletion(
  context: WriteContext,
  userId: string,
  nowMs: number,
): Promise<void> {
  const { trx } = context
  const all = await findSessionParents(context, userId)
  const merged = await trx
    .selectFrom('merged_accounts')
    .select('id')
    .where('user_id', '=', userId)
    .execute()
  const userIds = [userId, ...merged.map(({ id }) => mergedIdOf(id))]
  const users = [...new Set(userIds)].map(endedUserKey)
  // The host may have created this user id again: replace the record of its earlier deletion.
  await trx.deleteFrom('ended_sessions').where('id', 'in', users).execute()
  const ids = [...all.map(({ id }) => id), ...users]
  await rememberEnded(trx, ids, 'account-deleted', nowMs)
}

async function findReason(db: Db, id: string): Promise<EndReason | null> {
  const row = await db
    .selectFrom('ended_sessions')
    .select('reason')
    .where('id', '=', id)
    .executeTakeFirst()
  return row === undefined ? null : (row.reason as EndReason)
}

export async function findEndReason(
  db: Db,
  sessionId: string,
  tokenUserId?: string,
): Promise<EndReason | null> {
  const own = await findReason(db, sessionId)
  if (own !== null || tokenUserId === undefined) return own
  const reason = await findReason(db, endedUserKey(tokenUserId))
  if (reason === null) return null
  const again = await db
    .selectFrom('users')
    .select('id')
    .where('id', '=', tokenUserId)
    .executeTakeFirst()
  return again === undefined ? reason : null
}

export async function countSessions(db: Db): Promise<number> {
  const { count } = await db
    .selectFrom('sessions')
    .select(sql<number>`count(*)`.as('count'))
    .executeTakeFirstOrThrow()
  return count
}
