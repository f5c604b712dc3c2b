/** How long scans, tickets and sign-ins live, as conditions on their rows. */
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { CLOCK_SKEW_MS } from '../store/store'

export const SCAN_LIVES_MS = 120_000
export const TICKET_LIVES_MS = 60_000
export const SIGN_IN_LIVES_MS = 600_000

/** Ignore a row that ends later than a new one could: the clock was wrong when it was written. */
const latestEnd = (nowMs: number, livesMs: number): number => nowMs + livesMs + CLOCK_SKEW_MS

export const isLive = (nowMs: number, livesMs: number): RawBuilder<boolean> =>
  sql`(expires_at_ms > ${nowMs} AND expires_at_ms <= ${latestEnd(nowMs, livesMs)})`

export const isOver = (nowMs: number, livesMs: number): RawBuilder<boolean> =>
  sql`(expires_at_ms <= ${nowMs} OR expires_at_ms > ${latestEnd(nowMs, livesMs)})`
