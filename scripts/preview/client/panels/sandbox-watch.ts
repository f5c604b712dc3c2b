/**
 * Shows the BFF's calls to WeChat: polls the sandbox's call list during and shortly after requests
 * of the mini-program, and adds new calls to the trace.
 */
import { callSandbox } from '../bridge'
import { addInstant, onCall } from '../trace'

const INTERVAL_MS = 400
/** How long polling continues after the last answer. */
const LINGER_MS = 1500
/** More calls than a mini-program causes between two polls. */
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

/** Starts to poll; does nothing without a sandbox. */
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
