/**
 * A known person's login on MySQL and MariaDB, in five or six round trips at READ COMMITTED. One
 * locking read gets identity, user and sessions together, locks them in that order, and sees their
 * newest rows, which a subquery would not.
 */
import { CompiledQuery } from 'kysely'
import type { Engine } from '../engine'
import { renewIdentity } from '../queries/login'
import { mergeSessionKeys, laterOf } from '../queries/login-rules'
import type { SessionTimes } from '../queries/login-rules'
import { openSession } from '../queries/open-session'
import { IDENTITY_COLUMNS, toUser } from '../queries/user-row'
import type { IdentityRow } from '../queries/user-row'
import type { Trx } from '../schema/tables'
import type { LoginWrite, UserRecord } from '../store'
import { loginAccountOf } from './dialect'
import type { LoginAccess } from './dialect'

/** One row for each session of the user, or one row without a session. */
interface LockedRow extends IdentityRow {
  sid: string | null
  parent_id: string | null
  seq: number
  session_created_at_ms: number
  last_seen_at_ms: number
  expires_at_ms: number
}

const LOCK_ALL = `SELECT STRAIGHT_JOIN ${IDENTITY_COLUMNS},
  s.id AS sid, s.parent_id, s.seq, s.created_at_ms AS session_created_at_ms, s.last_seen_at_ms, s.expires_at_ms
FROM identities i
JOIN users u ON u.id = i.user_id
LEFT JOIN sessions s ON s.user_id = u.id
WHERE i.appid = ? AND i.openid = ? FOR UPDATE`

const toTimes = (row: LockedRow): SessionTimes[] =>
  row.sid === null
    ? []
    : [
        {
          id: row.sid,
          parent_id: row.parent_id,
          seq: row.seq,
          created_at_ms: row.session_created_at_ms,
          last_seen_at_ms: row.last_seen_at_ms,
          expires_at_ms: row.expires_at_ms,
        },
      ]

async function renewLocked(
  trx: Trx,
  write: LoginWrite,
  locked: readonly LockedRow[],
): Promise<UserRecord | null> {
  const [row] = locked
  const { unionid, nowMs } = write
  if (row === undefined || (unionid !== null && unionid !== row.unionid)) return null
  const stored = { ...row, last_login_at_ms: row.own_last_login_at_ms }
  await renewIdentity(trx, write, mergeSessionKeys(stored, write))
  await openSession(trx, write, { ...write, userId: row.id }, locked.flatMap(toTimes))
  const user = toUser(row)
  return { ...user, lastLoginAtMs: laterOf(user.lastLoginAtMs, nowMs) }
}

/** The fast path and the fallback share one transaction, so that few round trips are made while rows are locked. */
export const createLogin =
  (access: LoginAccess): Engine['login'] =>
  (write, fallback) =>
    access.write(async (trx) => {
      const lockAll = CompiledQuery.raw(LOCK_ALL, [write.appid, write.openid])
      const { rows } = await trx.executeQuery<LockedRow>(lockAll)
      const user = await renewLocked(trx, write, rows)
      return user === null ? fallback(trx) : { user, isNew: false }
    }, loginAccountOf(write))
