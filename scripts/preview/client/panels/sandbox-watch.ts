/**
 * What the BFF asked of WeChat, seen from the sandbox: its list of calls is read while requests of
 * the mini-program are out and shortly after, and the new ones are added to the trace.
 */
import { callSandbox } from '../bridge'
import { addInstant, onCall } from '../trace'

const INTERVAL_MS = 400
/** How long after the last answer the sandbox is still asked. */
const LINGER_MS = 1500
/** More than a mini-program causes between two readings. */
const LIMIT = 100

interface SandboxCall {
  path: string
  at: string
  outcome: string
  appid?: string | null
}

const startedAtMs = Date.now()
const seen = new Set<string>()

async function readCalls(): Promise<void> {
  const { calls = [] } = (await callSandbox(`calls?limit=${LIMIT}`)) as { calls?: SandboxCall[] }
  for (const call of calls) {
    const key = JSON.stringify(call)
    const { path, at, outcome, appid } = call
    if (seen.has(key) || Date.parse(at) < startedAtMs) continue
    seen.add(key)
    const isFailure = outcome !== 'ok'
    const details = { path, appid, outcome, at }
    const atMs = Date.parse(at)
    addInstant({ from: 'bff', to: 'wechat', label: path, atMs, outcome, isFailure, details })
  }
}

/** Begins to watch; does nothing without a sandbox. */
export function watchSandbox(hasSandbox: boolean): void {
  if (!hasSandbox) return
  let until = 0
  let isRunning = false
  const read = (): void => {
    readCalls()
      .catch(() => undefined)
      .finally(() => {
        isRunning = Date.now() < until
        if (isRunning) setTimeout(read, INTERVAL_MS)
      })
  }
  const wake = (): void => {
    until = Date.now() + LINGER_MS
    if (isRunning) return
    isRunning = true
    read()
  }
  wake()
  onCall(({ to }) => {
    if (to === 'bff') wake()
  })
}
