/**
 * The log of what happens between the mini-program, the BFF and WeChat: one entry for every call,
 * updated when its answer comes. The panels draw it; nothing here touches the page.
 */

export type Actor = 'mini' | 'bff' | 'wechat'

/** One call. Times are milliseconds since the epoch. */
export interface TraceEntry {
  id: number
  from: Actor
  to: Actor
  /** `wx.login`, `POST /v1/login`, `/sns/jscode2session`. */
  label: string
  startedAtMs: number
  endedAtMs: number | null
  /** `200`, `ok`, `fail auth deny`, `40029`; null while the answer is out. */
  outcome: string | null
  isFailure: boolean
  /** What was sent and answered, for the detail view. */
  details: Record<string, unknown>
}

type Listener = (entry: TraceEntry) => void

const entries: TraceEntry[] = []
const listeners = new Set<Listener>()
let nextId = 1

/** A call that has begun; `end` may be called once. */
export interface OpenCall {
  end(outcome: string, isFailure: boolean, details?: Record<string, unknown>): void
}

/** Logs the begin of a call. */
export function beginCall(
  from: Actor,
  to: Actor,
  label: string,
  details: Record<string, unknown> = {},
): OpenCall {
  const entry: TraceEntry = {
    id: nextId,
    from,
    to,
    label,
    startedAtMs: Date.now(),
    endedAtMs: null,
    outcome: null,
    isFailure: false,
    details,
  }
  nextId += 1
  entries.push(entry)
  for (const listener of listeners) listener(entry)
  return {
    end(outcome, isFailure, more = {}) {
      entry.outcome = outcome
      entry.isFailure = isFailure
      entry.endedAtMs = Date.now()
      entry.details = { ...entry.details, ...more }
      for (const listener of listeners) listener(entry)
    },
  }
}

/** Everything logged so far, oldest first. */
export function listCalls(): readonly TraceEntry[] {
  return entries
}

/** Calls `listener` for every new and every updated entry. */
export function onCall(listener: Listener): void {
  listeners.add(listener)
}
