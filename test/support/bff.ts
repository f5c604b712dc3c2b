/** The BFF over real HTTP with a real SQLite file, against the sandbox, in this process. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { SANDBOX_MINI_PROGRAM, sandboxSecret } from '../../scripts/lib/defaults'
import { createSandbox } from '../../scripts/sandbox/sandbox'
import { createBff } from '../../server/bff'
import { parseConfig } from '../../server/config'
import { createHttpServer } from '../../server/http/server'
import type { Hooks } from '../../server/sessions/hooks'
import { openSqliteStore } from './sqlite-store'
import { createWechat } from '../../server/wechat/wechat'
import type { ErrorBody, LoginAnswer } from '../../typings/api'
import { recordingLogger } from './recording-logger'
import { makeTempDir } from './temp-dir'

export { recordingLogger } from './recording-logger'

export const APPID = SANDBOX_MINI_PROGRAM
export const JWT_SECRET = 'Xk3vN8qLw2ZrT7yB5mHc9PdFgJsAe4Uo'

export interface Reply<T> {
  status: number
  headers: Headers
  body: T
}

async function replyOf<T>(response: Response): Promise<Reply<T>> {
  const text = await response.text()
  const body = (text === '' ? undefined : JSON.parse(text)) as T
  return { status: response.status, headers: response.headers, body }
}

type Send = (path: string, init: RequestInit) => Promise<Response>
type Control = <T>(path: string, body?: object) => Promise<T>

/**
 * What a test needs of a service that implements the contract. @param control of the sandbox behind
 * it.
 */
export function createClient(fetchPath: Send, control: Control) {
  async function call<T = ErrorBody>(path: string, init: RequestInit = {}): Promise<Reply<T>> {
    return replyOf<T>(await fetchPath(path, init))
  }

  function send<T = ErrorBody>(method: string, path: string, body: unknown, token?: string) {
    const headers: Record<string, string> = { 'content-type': 'application/json' }
    if (token !== undefined) headers['authorization'] = `Bearer ${token}`
    return call<T>(path, { method, headers, body: JSON.stringify(body) })
  }

  async function newCode(user = 'alice'): Promise<string> {
    return (await control<{ code: string }>('login-code', { appid: APPID, user })).code
  }

  return {
    call,
    send,
    newCode,
    get: <T = ErrorBody>(path: string, token?: string) =>
      call<T>(path, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
    login: async (user = 'alice') =>
      send<LoginAnswer>('POST', '/v1/login', { code: await newCode(user) }),
  }
}

export async function startTestBff(env: NodeJS.ProcessEnv = {}, hooks: Hooks = {}) {
  const dir = makeTempDir()
  const databaseFile = join(dir.path, 'app.db')
  const sandbox = createSandbox()
  const { url: sandboxUrl } = await sandbox.listen(0)
  const config = parseConfig({
    WECHAT_APPID: APPID,
    WECHAT_APPSECRET: sandboxSecret(APPID),
    WECHAT_API_BASE: sandboxUrl,
    JWT_SECRETS: `t1:${JWT_SECRET}`,
    DATA_KEYS: `d1:${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`,
    ...env,
  })
  const clock = { offsetMs: 0 }
  const store = openSqliteStore(databaseFile)
  const now = () => Date.now() + clock.offsetMs
  const { wechatApiBase: baseUrl, wechatTimeoutMs: timeoutMs } = config
  const wechat = createWechat({ baseUrl, timeoutMs, now })
  const logger = recordingLogger()
  const bff = createBff({ config, store, wechat, logger, hooks, now, elapsedMs: now })
  const server = createHttpServer(bff.app)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  async function control<T>(path: string, body: object = {}): Promise<T> {
    const response = await fetch(`${sandboxUrl}/__sandbox/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return (await replyOf<T>(response)).body
  }

  async function callsTo(path: string): Promise<number> {
    const answer = await fetch(`${sandboxUrl}/__sandbox/calls`)
    const { counts } = (await answer.json()) as { counts: Record<string, number> }
    return counts[path] ?? 0
  }

  return {
    ...createClient((path, init) => fetch(url + path, init), control),
    url,
    sandboxUrl,
    databaseFile,
    app: bff.app,
    bind: bff.bind,
    clock,
    logger,
    control,
    /** Number of calls from the BFF to WeChat on this path. */
    callsTo,
    /** Reads the file over its own connection, as an operator would. */
    rows: <T>(sql: string): T[] => {
      const db = new Database(databaseFile, { readonly: true })
      const all = db.prepare<[], T>(sql).all()
      db.close()
      return all
    },
    async stop() {
      server.close()
      server.closeAllConnections()
      await store.close()
      await wechat.close()
      await sandbox.close()
      dir.remove()
    },
  }
}

export type TestBff = Awaited<ReturnType<typeof startTestBff>>
