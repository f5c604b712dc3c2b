/**
 * The log of calls between the mini-program, the BFF and WeChat: one entry per call, updated when
 * its answer arrives. Secrets are masked before an entry is stored. The log survives a restart of
 * the mini-program within the same tab; this module does not touch the page.
 */
import { mask } from './panels/mask'

export type Actor = 'browser' | 'mini' | 'bff' | 'wechat'
type Details = Record<string, unknown>

/** One call. Times are milliseconds since the epoch. */
export interface TraceEntry {
  id: number
  from: Actor
  to: Actor
  /** `wx.login`, `POST /v1/login`, `/sns/jscode2session`. */
  label: string
  startedAtMs: number
  endedAtMs: number | null
  /** `200`, `ok`, `fail auth deny`, `40029`; null while the answer is outstanding. */
  outcome: string | null
  isFailure: boolean
  /** Request and answer for the detail view; masked. */
  details: Details
}

type Listener = (entry: TraceEntry) => void

const STORAGE_KEY = 'preview:trace'
const KEPT_ENTRIES = 200

const listeners = new Set<Listener>()
let entries: TraceEntry[] = restore()
let nextId = (entries.at(-1)?.id ?? 0) + 1

function restore(): TraceEntry[] {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? '[]')
    const kept = Array.isArray(stored) ? (stored as TraceEntry[]) : []
    // An answer that was outstanding when the page closed will never arrive.
    return kept.filter(({ outcome }) => outcome !== null)
  } catch {
    return []
  }
}

window.addEventListener('pagehide', () => {
  sessionStorage.setItem(STORAGE_KEY, JSON.stringify(entries.slice(-KEPT_ENTRIES)))
})

function add(entry: Omit<TraceEntry, 'id'>): TraceEntry {
  const kept = { ...entry, id: nextId, details: mask(entry.details) as Details }
  nextId += 1
  entries.push(kept)
  for (const listener of listeners) listener(kept)
  return kept
}

/** A call in progress; call `end` at most once. */
export interface OpenCall {
  end(outcome: string, isFailure: boolean, details?: Details): void
}

/** Logs the start of a call. */
export function beginCall(from: Actor, to: Actor, label: string, details: Details = {}): OpenCall {
  const startedAtMs = Date.now()
  const open = { endedAtMs: null, outcome: null, isFailure: false }
  const entry = add({ from, to, label, startedAtMs, ...open, details })
  return {
    end(outcome, isFailure, more = {}) {
      entry.outcome = outcome
      entry.isFailure = isFailure
      entry.endedAtMs = Date.now()
      entry.details = { ...entry.details, ...(mask(more) as Details) }
      for (const listener of listeners) listener(entry)
    },
  }
}

/** Logs a complete call that was observed from outside. */
export function addInstant(
  call: Pick<TraceEntry, 'from' | 'to' | 'label' | 'outcome' | 'isFailure' | 'details'> & {
    atMs: number
  },
): void {
  const { atMs, ...rest } = call
  add({ ...rest, startedAtMs: atMs, endedAtMs: atMs })
}

/** Logs a complete request of a browser. */
export function addBrowserCall(
  call: Pick<TraceEntry, 'label' | 'outcome' | 'isFailure' | 'startedAtMs' | 'endedAtMs'>,
): void {
  add({ ...call, from: 'browser', to: 'bff', details: { url: call.label } })
}

/** Everything logged so far, oldest first. */
export function listCalls(): readonly TraceEntry[] {
  return entries
}

/** Deletes all entries. */
export function clearCalls(): void {
  entries = []
  sessionStorage.removeItem(STORAGE_KEY)
}

/** Calls `listener` for every new and every updated entry. */
export function onCall(listener: Listener): void {
  listeners.add(listener)
}
