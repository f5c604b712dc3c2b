/** Creates a session, for every kind of login. */
import { randomUUID } from 'node:crypto'
import type { SessionOpening } from '../store/store'
import type { SessionRules } from './sessions'

/** Maximum of live sessions per user; beyond it the oldest ends. */
const MAX_SESSIONS = 20

/**
 * A UUID of version 7. It begins with the time, so that new entries are at the end of the index and
 * a batch of logins writes only one page of it.
 */
function newSessionId(nowMs: number): string {
  const time = nowMs.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}

/** @param device readable name of the device, for the list of sessions. */
export function newSession(
  { idleMs, maxMs }: SessionRules,
  device: string,
  nowMs: number,
): SessionOpening {
  return {
    session: { id: newSessionId(nowMs), device, expiresAtMs: nowMs + maxMs },
    nowMs,
    idleSinceMs: nowMs - idleMs,
    maxSessions: MAX_SESSIONS,
  }
}
