/**
 * What the BFF asked of WeChat, seen from the sandbox: its list of calls is read while requests of
 * the mini-program are out and shortly after, and the new ones are added to the trace.
 */
import { callSandbox } from '../bridge'
import { addInstant, onCall } from '../trace'

const INTERVAL_MS = 400
/** How long after the last answer the sandbox is still asked. */
const LINGER_MS = 1500

interface SandboxCall {
  path: string
  at: string
  outcome: string
  appid?: string | null
}

const startedAtMs = Date.now()
let seen: number | null = null

async function readCalls(): Promise<void> {
  const { calls } = (await callSandbox('calls')) as { calls?: SandboxCall[] }
  const list = calls ?? []
  // The first reading, and one after a reset, holds calls from before this page.
  const known = seen === null || seen > list.length ? 0 : seen
  const news = list.slice(known).filter(({ at }) => Date.parse(at) >= startedAtMs)
  seen = list.length
  for (const { path, at, outcome, appid } of news) {
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
