/**
 * A site for one BFF as in production: the built server as its own process, a folder with its
 * database, and the WeChat sandbox. It can be started, killed and started again.
 */
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createSandbox } from '../../../scripts/sandbox/sandbox'
import { startBff } from '../../../scripts/start/bff-process'
import type { BffProcess } from '../../../scripts/start/bff-process'
import { APPID, JWT_SECRET } from '../../support/bff'
import { BUILT_SERVER } from '../../support/built-server'
import { makeTempDir } from '../../support/temp-dir'

const ROOT = join(__dirname, '../../..')
/** Inside the project, so that the built file finds its packages. */
const CACHE = join(ROOT, '.cache')

export interface Program {
  file: string
  /** A copy with replaced text: how a test plants a bug, or simulates a later version. */
  plant(name: string, changes: [from: string | RegExp, to: string][]): string
  remove(): void
}

function replaceIn(file: string, from: string | RegExp, to: string): boolean {
  const text = readFileSync(file, 'utf8')
  const changed = text.replaceAll(from, to)
  writeFileSync(file, changed)
  return changed !== text
}

/** A copy of the built server in its own folder. */
export function buildProgram(): Program {
  const dir = mkdtempSync(join(CACHE, 'faults-'))
  cpSync(BUILT_SERVER, join(dir, 'sound'), { recursive: true })
  return {
    file: join(dir, 'sound', 'main.js'),
    plant(name, changes) {
      cpSync(join(dir, 'sound'), join(dir, name), { recursive: true })
      for (const [from, to] of changes) {
        if (!replaceIn(join(dir, name, 'main.js'), from, to)) {
          throw new Error(`The built server has no ${String(from)} to replace.`)
        }
      }
      return join(dir, name, 'main.js')
    },
    remove: () => {
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

export interface Reply<T = unknown> {
  status: number
  headers: Headers
  body: T
  durationMs: number
}

/** Rejects when the connection breaks, for example because the server was killed. */
export async function ask<T = unknown>(
  url: string,
  options: { method?: string; body?: object; token?: string } = {},
): Promise<Reply<T>> {
  const { method = 'GET', body, token } = options
  const startedAt = performance.now()
  const response = await fetch(url, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: (text === '' ? undefined : JSON.parse(text)) as T,
    durationMs: performance.now() - startedAt,
  }
}

export interface Running extends BffProcess {
  /** Time from the start of the process to its first 200 on /readyz. */
  readyAfterMs: number
  kill(): Promise<void>
}

/** The last lines of a server are enough to see why it exited. */
const KEPT_LINES = 200

export async function makeSite(program: string, change: NodeJS.ProcessEnv = {}) {
  const dir = makeTempDir()
  const databaseFile = join(dir.path, 'data', 'app.db')
  const sandbox = createSandbox()
  const { url: wechatUrl } = await sandbox.listen(0)
  const lines: string[] = []
  const pids = new Set<number>()
  const env: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    PORT: '0',
    WECHAT_APPID: APPID,
    WECHAT_APPSECRET: `sandbox-secret-${APPID}`,
    WECHAT_API_BASE: wechatUrl,
    DATABASE_URL: `file:${databaseFile}`,
    JWT_SECRETS: `t1:${JWT_SECRET}`,
    DATA_KEYS: `d1:${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`,
    CONTENT_CHECK: 'off',
    ...change,
  }
  const onLine = (line: string): void => {
    lines.push(line)
    if (lines.length > KEPT_LINES) lines.shift()
  }

  async function control<T>(path: string, body: object = {}, method = 'POST'): Promise<T> {
    return (await ask<T>(`${wechatUrl}/__sandbox/${path}`, { method, body })).body
  }

  /** Number of calls to WeChat on this path. */
  async function callsTo(path: string): Promise<number> {
    const { body } = await ask<{ counts: Record<string, number> }>(`${wechatUrl}/__sandbox/calls`)
    return body.counts[path] ?? 0
  }

  return {
    dir: dir.path,
    databaseFile,
    callsTo,
    wechatUrl,
    env,
    lines,
    control,
    newCode: async (user: string) =>
      (await control<{ code: string }>('login-code', { appid: APPID, user })).code,
    async start(more: NodeJS.ProcessEnv = {}, file = program): Promise<Running> {
      const startedAt = performance.now()
      const bff = await startBff({ env: { ...env, ...more }, onLine, program: [file] }).catch(
        (error: unknown) => {
          throw new Error(`${String(error)}\n${lines.slice(-5).join('\n')}`, { cause: error })
        },
      )
      const readyAfterMs = performance.now() - startedAt
      pids.add(bff.pid)
      void bff.exited.then(() => pids.delete(bff.pid))
      const kill = async (): Promise<void> => {
        process.kill(bff.pid, 'SIGKILL')
        await bff.exited
      }
      return { ...bff, readyAfterMs, kill }
    },
    /** Starts a process and kills it at an unknown point of its start-up. */
    async startAndKill(afterMs: number, more: NodeJS.ProcessEnv = {}): Promise<void> {
      const child = spawn(process.execPath, [program], {
        cwd: ROOT,
        env: { ...env, ...more },
        stdio: 'ignore',
      })
      const exited = new Promise((resolve) => child.once('exit', resolve))
      await delay(afterMs)
      child.kill('SIGKILL')
      await exited
    },
    /** Runs a process to its end. */
    runToEnd(more: NodeJS.ProcessEnv = {}, file = program) {
      const options = {
        cwd: ROOT,
        env: { ...env, ...more },
        encoding: 'utf8',
        timeout: 30_000,
      } as const
      return spawnSync(process.execPath, [file], options)
    },
    /** Also stops processes that a failed test left running. */
    async remove(): Promise<void> {
      for (const pid of pids) process.kill(pid, 'SIGKILL')
      await sandbox.close()
      dir.remove()
    },
  }
}

export type Site = Awaited<ReturnType<typeof makeSite>>
