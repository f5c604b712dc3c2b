/**
 * Scan sign-in, after RFC 8628 (https://www.rfc-editor.org/rfc/rfc8628): a browser shows a code and
 * polls; the person who scans it sees which browser it is, and decides once, within two minutes.
 */
import { randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import type { Transaction } from 'kysely'
import { ApiError } from '../errors'
import { OUR_ID } from '../http/schemas'
import type { LiveSession } from '../store/store'
import { insertOnce } from '../store/sql-client'
import { changeAs } from '../sessions/change-as'
import type { WebContext } from './context'
import { isLive, isOver, SCAN_LIVES_MS } from './lifetimes'
import { hashOf, newSecret } from './secrets'
import type { WebTables } from './tables'

const INTERVAL_SECONDS = 2
/** A poll may be a little early: clocks and networks are not exact. */
const TOLERANCE_MS = 200
const MAX_OPEN_PER_ADDRESS = 20
const SCENE = /^[0-9a-f]{32}$/

interface ScanRequest {
  address: string
  /** The browser to sign in and its address, as the person who scans sees them. */
  browser: string
  area: string
  returnTo: string | null
}

export type Poll =
  | { status: 'pending' | 'scanned' | 'denied' | 'expired' }
  | { status: 'confirmed'; sessionId: string; returnTo: string | null }

const notFound = (): ApiError => new ApiError('NOT_FOUND', 'There is no such scan, or it is over.')

/** @throws ApiError RATE_LIMITED when 20 scans of this address are open. */
export async function openScan(
  { sqlClient, now }: WebContext,
  { address, browser, area, returnTo }: ScanRequest,
) {
  const nowMs = now()
  const scan = {
    id: randomUUID(),
    secret: newSecret(),
    // Identifies the scan in the QR code: 128 random bits in characters that WeChat accepts.
    scene: randomBytes(16).toString('hex'),
    expiresAtMs: nowMs + SCAN_LIVES_MS,
    intervalSeconds: INTERVAL_SECONDS,
  }
  const row = {
    id: scan.id,
    scene_hash: hashOf(scan.scene),
    secret_hash: hashOf(scan.secret),
    address,
    browser,
    area,
    return_to: returnTo,
    status: 'pending',
    session_id: null,
    user_id: null,
    polled_at_ms: 0,
    created_at_ms: nowMs,
    expires_at_ms: scan.expiresAtMs,
  }
  const isOpen = await sqlClient.write(async (trx) => {
    await trx.deleteFrom('web_scans').where(isOver(nowMs, SCAN_LIVES_MS)).execute()
    return takePlace(sqlClient, trx, row)
  })
  if (isOpen) return scan
  throw new ApiError('RATE_LIMITED', 'Too many scans of this address are open.', {
    retryAfterSeconds: SCAN_LIVES_MS / 1000,
  })
}

/** Stores the scan in a free place of its address. @returns false when all 20 are taken. */
async function takePlace(
  sqlClient: WebContext['sqlClient'],
  trx: Transaction<WebTables>,
  row: Omit<WebTables['web_scans'], 'place'>,
): Promise<boolean> {
  const rows = await trx
    .selectFrom('web_scans')
    .select('place')
    .where('address', '=', row.address)
    .where('place', 'is not', null)
    .execute()
  const taken = new Set(rows.map(({ place }) => place))
  for (let place = 0; place < MAX_OPEN_PER_ADDRESS; place += 1) {
    if (taken.has(place)) continue
    // Another process may take the place before our insert; then we try the next one.
    const insert = trx.insertInto('web_scans').values({ ...row, place })
    if (await insertOnce(sqlClient, insert)) return true
  }
  return false
}

/** Deletes a scan whose code WeChat was not asked for. */
export async function cancelScan({ sqlClient }: WebContext, id: string): Promise<void> {
  await sqlClient.write((trx) => trx.deleteFrom('web_scans').where('id', '=', id).execute())
}

const hasHash = (secret: string, hash: string): boolean =>
  timingSafeEqual(Buffer.from(hashOf(secret)), Buffer.from(hash))

/** @returns null when polled sooner than the interval. */
function takePoll(
  { sqlClient, now }: WebContext,
  id: string,
  secret: string,
): Promise<Poll | null> {
  const nowMs = now()
  return sqlClient.write(async (trx) => {
    const row = await trx
      .selectFrom('web_scans')
      .selectAll()
      .where('id', '=', id)
      .where(isLive(nowMs, SCAN_LIVES_MS))
      .executeTakeFirst()
    if (row === undefined || !hasHash(secret, row.secret_hash)) return { status: 'expired' }
    const sincePollMs = nowMs - row.polled_at_ms
    // A poll in the future is not believed, because a clock was wrong then.
    if (sincePollMs >= 0 && sincePollMs < INTERVAL_SECONDS * 1000 - TOLERANCE_MS) return null
    if (row.status === 'confirmed' && row.session_id !== null) {
      const { numDeletedRows } = await trx
        .deleteFrom('web_scans')
        .where('id', '=', id)
        .executeTakeFirst()
      if (numDeletedRows === 0n) return { status: 'expired' }
      return { status: 'confirmed', sessionId: row.session_id, returnTo: row.return_to }
    }
    await trx.updateTable('web_scans').set({ polled_at_ms: nowMs }).where('id', '=', id).execute()
    return { status: row.status as 'pending' | 'scanned' | 'denied' }
  })
}

/**
 * An unknown id, a wrong secret and a finished scan get the same answer, so that guessing reveals nothing.
 *
 * @throws ApiError SLOW_DOWN when polled sooner than the interval.
 */
export async function pollScan(web: WebContext, id: string, secret: string): Promise<Poll> {
  const poll = OUR_ID.test(id) ? await takePoll(web, id, secret) : { status: 'expired' as const }
  if (poll !== null) return poll
  throw new ApiError('SLOW_DOWN', 'Poll no sooner than the interval.', {
    retryAfterSeconds: INTERVAL_SECONDS,
  })
}

/**
 * Returns the browser to sign in, and marks the scan as opened by this person.
 *
 * @throws ApiError NOT_FOUND, or 401 when the requesting session has ended meanwhile.
 */
export async function viewScan(
  web: WebContext,
  scene: string,
  live: LiveSession,
): Promise<{ browser: string; area: string; atMs: number }> {
  if (!SCENE.test(scene)) throw notFound()
  const { session } = live
  const [nowMs, sceneHash] = [web.now(), hashOf(scene)]
  const row = await changeAs(web, live, async (trx, userId) => {
    await trx
      .updateTable('web_scans')
      .set({ status: 'scanned', user_id: userId, session_id: session.id })
      .where('scene_hash', '=', sceneHash)
      .where('status', '=', 'pending')
      .where(isLive(nowMs, SCAN_LIVES_MS))
      .execute()
    return trx
      .selectFrom('web_scans')
      .select(['browser', 'area', 'created_at_ms'])
      .where('scene_hash', '=', sceneHash)
      .where('status', '=', 'scanned')
      .where('user_id', '=', userId)
      .where(isLive(nowMs, SCAN_LIVES_MS))
      .executeTakeFirst()
  })
  if (row === undefined) throw notFound()
  return { browser: row.browser, area: row.area, atMs: row.created_at_ms }
}

/**
 * @throws ApiError NOT_FOUND unless this person opened it and has not decided yet; 401 when the
 * requesting session has ended meanwhile.
 */
export async function decideScan(
  web: WebContext,
  scene: string,
  live: LiveSession,
  decision: 'confirmed' | 'denied',
): Promise<void> {
  const { session } = live
  const { numUpdatedRows } = await changeAs(web, live, (trx, userId) =>
    trx
      .updateTable('web_scans')
      .set({ status: decision, session_id: session.id, place: null })
      .where('scene_hash', '=', hashOf(scene))
      .where('status', '=', 'scanned')
      .where('user_id', '=', userId)
      .where(isLive(web.now(), SCAN_LIVES_MS))
      .executeTakeFirst(),
  )
  if (numUpdatedRows === 0n) throw notFound()
}
