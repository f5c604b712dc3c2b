/** Makes a new session, whichever way the person logged in. */
import { randomUUID } from 'node:crypto'
import type { SessionOpening } from '../store/store'
import type { SessionRules } from './sessions'

/** Live sessions of one user; the oldest ends. */
const MAX_SESSIONS = 20

/**
 * A UUID of version 7: it begins with the time, so that the index of sessions grows at its end and
 * a batch of logins writes one page of it.
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
    session: {
      id: newSessionId(nowMs),
      device,
      createdAtMs: nowMs,
      expiresAtMs: nowMs + maxMs,
    },
    idleSinceMs: nowMs - idleMs,
    maxSessions: MAX_SESSIONS,
  }
}
