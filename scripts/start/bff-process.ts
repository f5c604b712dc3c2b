/** The BFF as a child process, as an operator runs it: environment in, JSON lines out, SIGTERM to end. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'

const ROOT = join(__dirname, '../..')
const READY_WITHIN_MS = 20_000
const ASK_EVERY_MS = 50
/** The BFF itself promises 10 s. */
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
}

const SOURCES = ['--import', 'tsx', 'server/main.ts'] as const

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('exit', (code) => {
      resolve(code ?? 1)
    })
  })
}

/** The address is in its first log line: with PORT=0 nobody else knows it. */
function watchLines(child: ChildProcess, onLine: (line: string) => void): Promise<string> {
  return new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue
      createInterface({ input: stream }).on('line', (line) => {
        onLine(line)
        const url = /listening on (http:\/\/[^"\s]+)/.exec(line)?.[1]
        if (url !== undefined) resolve(url)
      })
    }
  })
}

async function untilReady(url: string): Promise<void> {
  const giveUpAt = Date.now() + READY_WITHIN_MS
  while (Date.now() < giveUpAt) {
    const answer = await fetch(`${url}/readyz`).catch(() => null)
    if (answer?.ok === true) return
    await delay(ASK_EVERY_MS)
  }
  throw new Error(`The BFF at ${url} did not become ready within ${READY_WITHIN_MS / 1000} s.`)
}

/** @throws Error when it ends before it is ready; its own lines say why. */
export async function startBff(options: BffOptions): Promise<BffProcess> {
  const { env, onLine, program = SOURCES } = options
  const child = spawn(process.execPath, program, {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = exitOf(child)
  const url = await Promise.race([
    watchLines(child, onLine),
    exited.then((code) => {
      throw new Error(`The BFF did not start (exit code ${code}): see its lines above.`)
    }),
  ])
  await untilReady(url)

  return {
    url,
    pid: child.pid ?? 0,
    exited,
    async stop() {
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS)
      await exited
      clearTimeout(late)
    },
  }
}
