/** The BFF as a child process, as an operator runs it: environment in, JSON lines out, SIGTERM to stop it. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'

const ROOT = join(__dirname, '../..')
/** Long, because a large database is migrated before the BFF listens. */
const LISTEN_WITHIN_MS = 60_000
const READY_WITHIN_MS = 20_000
/** Poll /readyz often at first, then at growing intervals. */
const ASK_AGAIN_MS = { first: 50, last: 1000 }
const ANSWER_WITHIN_MS = 2000
/** The BFF stops within 10 s; kill it after that. */
const STOP_WITHIN_MS = 12_000

export interface BffProcess {
  url: string
  pid: number
  /** Resolves with the exit code, however it ended. */
  exited: Promise<number>
  stop(): Promise<void>
}

interface BffOptions {
  env: NodeJS.ProcessEnv
  /** Each line of its stdout and stderr. */
  onLine: (line: string) => void
  /** What Node runs; the sources by default. */
  program?: readonly string[]
  /** Where Node runs it; this repository by default. */
  cwd?: string
  listenWithinMs?: number
  readyWithinMs?: number
}

/** What `npm start` runs. */
export const SOURCES = ['--import', 'tsx', 'server/main.ts'] as const

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('exit', (code) => {
      resolve(code ?? 1)
    })
  })
}

function passLines(child: ChildProcess, onLine: (line: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on('line', onLine)
  }
}

/**
 * The BFF sends its address as a message: with PORT=0 only it knows the port, and LOG_LEVEL may
 * suppress the log line.
 */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    // tsx sends messages of its own on the same channel.
    child.on('message', (message: { listeningOn?: string }) => {
      if (message.listeningOn !== undefined) resolve(message.listeningOn)
    })
  })
}

async function failAfter(ms: number, message: string): Promise<never> {
  await delay(ms, undefined, { ref: false })
  throw new Error(message)
}

/** The parts that /readyz names, and the variable behind each. */
const PARTS: Readonly<Record<string, string>> = {
  storage: 'the database (DATABASE_URL)',
  redis: 'Redis (REDIS_URL)',
}

/** @returns why the BFF is not ready; null when it is. */
async function askReadiness(url: string): Promise<string | null> {
  try {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })
    const { failing = [] } = (await answer.json()) as { failing?: string[] }
    return answer.ok
      ? null
      : `it can't use ${failing.map((part) => PARTS[part] ?? part).join(', ')}`
  } catch {
    return 'it does not answer'
  }
}

async function untilReady(child: ChildProcess, url: string, withinMs: number): Promise<void> {
  const giveUpAt = Date.now() + withinMs
  const mayHope = (): boolean => child.exitCode === null && Date.now() < giveUpAt
  let fault = await askReadiness(url)
  for (let pause = ASK_AGAIN_MS.first; fault !== null && mayHope(); pause *= 2) {
    await delay(Math.min(pause, ASK_AGAIN_MS.last))
    fault = await askReadiness(url)
  }
  if (fault === null) return
  throw new Error(`The BFF at ${url} did not become ready within ${withinMs / 1000} s: ${fault}.`)
}

async function startUp(child: ChildProcess, options: BffOptions): Promise<string> {
  const { listenWithinMs = LISTEN_WITHIN_MS, readyWithinMs = READY_WITHIN_MS } = options
  const late = `The BFF does not listen after ${listenWithinMs / 1000} s: see its lines above.`
  const url = await Promise.race([addressOf(child), failAfter(listenWithinMs, late)])
  await untilReady(child, url, readyWithinMs)
  return url
}

/** On Windows a SIGTERM ends a process at once: there the end of the channel asks it to stop. */
function askToStop(child: ChildProcess): void {
  if (process.platform === 'win32' && child.connected) child.disconnect()
  else child.kill('SIGTERM')
}

/** @throws Error when it ends or gives no answer before it is ready; the process has ended then. */
export async function startBff(options: BffOptions): Promise<BffProcess> {
  const { env, onLine, program = SOURCES, cwd = ROOT } = options
  const child = spawn(process.execPath, program, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const exited = exitOf(child)
  // If we exit during the start, stop the child too.
  const stopChild = (): void => void child.kill('SIGTERM')
  process.once('exit', stopChild)
  void exited.then(() => process.off('exit', stopChild))
  passLines(child, onLine)
  const stop = async (): Promise<void> => {
    askToStop(child)
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS)
    await exited
    clearTimeout(late)
  }
  const ended = exited.then((code) => {
    throw new Error(`The BFF did not start (exit code ${code}): see its lines above.`)
  })
  try {
    const url = await Promise.race([startUp(child, options), ended])
    return { url, pid: child.pid ?? 0, exited, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
