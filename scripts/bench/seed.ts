/** Fills our database with many users by SQL, since logging them in would take hours. */
import Database from 'better-sqlite3'
import { APPID } from './targets'

const ROWS_AT_ONCE = 250_000
/** Old enough not to count as new, too young to have expired. */
const AGE_MS = 3_600_000

/** As upstream.mjs spells the openid of user n. */
const OPENID = "'o' || printf('%027d', n)"
const USER_ID = "printf('%08x-0000-4000-8000-%012x', n, n)"
const SESSION_ID = "printf('%08x-1111-4000-8000-%012x', n, n)"
const SEALED = `b1.${'x'.repeat(59)}`

const statements = (nowMs: number) => [
  `INSERT INTO users (id, created_at_ms) SELECT ${USER_ID}, ${nowMs} FROM numbers`,
  `INSERT INTO identities (appid, openid, user_id, session_key_sealed, session_key_at_ms, created_at_ms, last_login_at_ms)
   SELECT '${APPID}', ${OPENID}, ${USER_ID}, '${SEALED}', ${nowMs}, ${nowMs}, ${nowMs} FROM numbers`,
  `INSERT INTO sessions (user_id, id, seq, appid, openid, device, created_at_ms, last_seen_at_ms, expires_at_ms)
   SELECT ${USER_ID}, ${SESSION_ID}, 1, '${APPID}', ${OPENID}, 'iPhone · 微信 8.0.50', ${nowMs}, ${nowMs}, ${nowMs} + 2592000000
   FROM numbers`,
]

/**
 * Each user has one identity and one session.
 * @param file has the tables already. @param onProgress is called with the number of users written.
 */
export function seed(file: string, users: number, onProgress: (done: number) => void): void {
  const db = new Database(file)
  // A benchmark's database is thrown away: it need not survive a power cut while it is filled.
  db.pragma('synchronous = OFF')
  const inserts = statements(Date.now() - AGE_MS)
  for (let done = 0; done < users; done += ROWS_AT_ONCE) {
    const last = Math.min(users, done + ROWS_AT_ONCE) - 1
    const numbers = `WITH RECURSIVE numbers (n) AS (SELECT ${done} UNION ALL SELECT n + 1 FROM numbers WHERE n < ${last})`
    db.transaction(() => {
      for (const insert of inserts) db.exec(`${numbers} ${insert}`)
    })()
    onProgress(last + 1)
  }
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
}
