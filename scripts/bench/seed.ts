/**
 * Fills a database with many users in SQL that all three engines understand, because logging them
 * in would take hours. The ids are in order, so pages are full; with random ids, as in production,
 * they are about 69 % full.
 */
import type { BenchDatabase } from './databases'
import { APPID } from './targets'

const DIGITS_AT_ONCE = 5
const ROWS_AT_ONCE = 10 ** DIGITS_AT_ONCE
/** Old enough not to count as new, and too young to have expired. */
const AGE_MS = 3_600_000

/** Pads n with zeros; not every engine has `lpad` or `printf`. */
const padded = (digits: number): string =>
  `substr(concat('${'0'.repeat(digits)}', n), 1 + length(concat('', n)))`

/** The openid of user n, in the format of upstream.mjs. */
const OPENID = `concat('o', ${padded(27)})`
const USER_ID = `concat(${padded(8)}, '-0000-4000-8000-', ${padded(12)})`
const SESSION_ID = `concat(${padded(8)}, '-1111-4000-8000-', ${padded(12)})`
const SEALED = `b1.${'x'.repeat(59)}`

/** The numbers from `first` up to `end` (exclusive), at most ROWS_AT_ONCE of them. */
function numbersFrom(first: number, end: number): string {
  const places = Array.from({ length: DIGITS_AT_ONCE }, (_, place) => `d${place}`)
  const sum = places.map((name, place) => `${10 ** place} * ${name}.d`).join(' + ')
  const digits = Array.from({ length: 10 }, (_, d) => `SELECT ${d} AS d`).join(' UNION ALL ')
  return `WITH digits AS (${digits}), numbers AS (
    SELECT ${first} + ${sum} AS n FROM ${places.map((name) => `digits ${name}`).join(', ')}
    WHERE ${first} + ${sum} < ${end})`
}

const inserts = (numbers: string, nowMs: number): string[] =>
  [
    ['users (id, created_at_ms)', `${USER_ID}, ${nowMs}`],
    [
      'identities (appid, openid, user_id, session_key_sealed, session_key_at_ms, created_at_ms, last_login_at_ms)',
      `'${APPID}', ${OPENID}, ${USER_ID}, '${SEALED}', ${nowMs}, ${nowMs}, ${nowMs}`,
    ],
    [
      'sessions (user_id, id, seq, appid, openid, device, created_at_ms, last_seen_at_ms, expires_at_ms)',
      `${USER_ID}, ${SESSION_ID}, 1, '${APPID}', ${OPENID}, 'iPhone · 微信 8.0.50', ${nowMs}, ${nowMs}, ${nowMs} + 2592000000`,
    ],
  ].map(
    ([table = '', values = '']) =>
      `INSERT INTO ${table} ${numbers} SELECT ${values} FROM numbers ORDER BY n`,
  )

/**
 * Each user has one identity and one session.
 * @param database already has the tables. @param onProgress is called with the number of users
 * written.
 */
export async function seed(
  database: Pick<BenchDatabase, 'run' | 'analyze'>,
  users: number,
  onProgress: (done: number) => void,
): Promise<void> {
  const nowMs = Date.now() - AGE_MS
  for (let first = 0; first < users; first += ROWS_AT_ONCE) {
    for (const insert of inserts(numbersFrom(first, users), nowMs)) await database.run(insert)
    onProgress(Math.min(users, first + ROWS_AT_ONCE))
  }
  await database.analyze()
}
