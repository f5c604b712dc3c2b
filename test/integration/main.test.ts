/** The BFF as a process: the built file, configured only by the environment. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { sandboxSecret } from '../../scripts/lib/defaults'
import { startBff } from '../../scripts/start/bff-process'
import { APPID, JWT_SECRET } from '../support/bff'
import { BUILT_BFF } from '../support/built-server'
import { makeTempDir } from '../support/temp-dir'
import { until } from '../support/until'

const START_WITHIN_MS = 60_000
const LOCKED_AT_START_MS = 10_000
const LOCKED_SHORTLY_MS = 3000
const dir = makeTempDir()
const databaseFile = join(dir.path, 'app.db')
const env: NodeJS.ProcessEnv = {
  PATH: process.env['PATH'],
  PORT: '0',
  WECHAT_APPID: APPID,
  WECHAT_APPSECRET: sandboxSecret(APPID),
  WECHAT_API_BASE: 'http://127.0.0.1:9',
  DATABASE_URL: `file:${databaseFile}`,
  JWT_SECRETS: `t1:${JWT_SECRET}`,
  DATA_KEYS: `d1:${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`,
}

/** The built BFF, as a server runs it. */
const start = (change: NodeJS.ProcessEnv, onLine: (line: string) => void = () => undefined) =>
  startBff({ env: { ...env, ...change }, onLine, program: BUILT_BFF })

afterAll(() => {
  dir.remove()
})

const runToEnd = (change: NodeJS.ProcessEnv) =>
  spawnSync(process.execPath, BUILT_BFF, {
    env: { ...env, ...change },
    encoding: 'utf8',
    timeout: 30_000,
  })

it(
  'serves, answers /readyz, and exits with 0 on SIGTERM',
  async () => {
    const lines: string[] = []
    const bff = await start({}, (line) => lines.push(line))
    expect((await fetch(`${bff.url}/healthz`)).status).toBe(200)
    await bff.stop()
    expect(await bff.exited).toBe(0)
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toContain('stopped')
  },
  START_WITHIN_MS,
)

it(
  'writes no AppSecret and no code while WeChat fails',
  async () => {
    const lines: string[] = []
    const bff = await start({}, (line) => lines.push(line))
    const answer = await fetch(`${bff.url}/v1/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code: 'canary-of-a-code' }),
    })
    expect(answer.status).toBe(503)
    await bff.stop()
    expect(lines.filter((line) => line.includes('WX_UNAVAILABLE'))).not.toEqual([])
    expect(lines.filter((line) => /sandbox-secret|canary/.test(line))).toEqual([])
  },
  START_WITHIN_MS,
)

it('also runs from the built file', async () => {
  const child = spawn(process.execPath, BUILT_BFF, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const url = await new Promise<string>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      const found = /listening on (http:[^"]+)/.exec(String(chunk))?.[1]
      if (found !== undefined) resolve(found)
    })
  })
  expect((await fetch(`${url}/readyz`)).status).toBe(200)
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  expect(await exited).toBe(0)
})

it('exits with 0 on SIGTERM even before it listens', async () => {
  // A database server that accepts a connection and sends nothing.
  const server = createTcpServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const DATABASE_URL = `postgres://a:b@127.0.0.1:${port}/c`
  const child = spawn(process.execPath, BUILT_BFF, { env: { ...env, DATABASE_URL } })
  await once(server, 'connection')
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
  server.close()
})

// On other systems 127.0.0.2 is not an address of the computer.
const itOnLinux = process.platform === 'linux' ? it : it.skip

itOnLinux(
  'shows its metrics on loopback alone, though HOST is every address',
  async () => {
    const lines: string[] = []
    const change = { HOST: '0.0.0.0', METRICS_PORT: '0' }
    const bff = await start(change, (line) => lines.push(line))
    const { port } = new URL(bff.url)
    const metrics = /metrics on http:\/\/127\.0\.0\.1:(\d+)/.exec(lines.join('\n'))?.[1]
    expect((await fetch(`http://127.0.0.2:${port}/healthz`)).status).toBe(200)
    expect((await fetch(`http://127.0.0.1:${metrics}/metrics`)).status).toBe(200)
    await expect(fetch(`http://127.0.0.2:${metrics}/metrics`)).rejects.toThrow('fetch failed')
    await bff.stop()
  },
  START_WITHIN_MS,
)

it('exits with 78 and names every error in the environment', () => {
  const { status, stderr } = runToEnd({ PORT: 'x', JWT_SECRETS: undefined })
  expect(status).toBe(78)
  expect(stderr).toMatch(/PORT: must be/)
  expect(stderr).toMatch(/JWT_SECRETS: is missing/)
})

it('exits with 78 for a HOST that does not belong to this computer, and does not repeat it', () => {
  // TEST-NET-3: an address that no computer has.
  const { status, stderr } = runToEnd({ HOST: '203.0.113.7' })
  expect([status, stderr.includes('203.0.113.7')]).toEqual([78, false])
  expect(stderr).toMatch(/HOST: must be an address of this computer/)
})

it('names the variable whose port is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const port = String((other.address() as AddressInfo).port)
  for (const variable of ['PORT', 'METRICS_PORT']) {
    const { status, stderr } = runToEnd({ [variable]: port })
    expect([status, stderr]).toEqual([1, expect.stringMatching(`^${variable}: the port is taken`)])
  }
  other.close()
})

it.each([
  ['cut', (file: string) => truncateSync(file, Math.floor(statSync(file).size / 2))],
  [
    'no database at all',
    (file: string) => writeFileSync(file, 'this is not a database'.repeat(99)),
  ],
])('exits with 78 when the file is %s, names it and keeps its bytes', (name, spoil) => {
  const file = join(dir.path, `${name}.db`)
  writeFileSync(file, readFileSync(databaseFile))
  spoil(file)
  const before = readFileSync(file)
  const { status, stderr } = runToEnd({ DATABASE_URL: `file:${file}` })
  expect([status, stderr.includes(file)]).toEqual([78, true])
  expect(readFileSync(file).equals(before)).toBe(true)
})

it('exits with 78 when the file is read-only, and keeps its bytes', () => {
  const file = join(dir.path, 'read-only.db')
  writeFileSync(file, readFileSync(databaseFile), { mode: 0o444 })
  const { status, stderr } = runToEnd({ DATABASE_URL: `file:${file}` })
  expect([status, stderr.includes(file), stderr.includes('read-only')]).toEqual([78, true, true])
})

it(
  'waits for a file locked by another process, and exits with 1 after 10 s',
  async () => {
    const other = new Database(databaseFile)
    other.exec('BEGIN IMMEDIATE')
    const startedAt = performance.now()
    const { status, stderr } = runToEnd({})
    expect([status, stderr.includes(databaseFile)]).toEqual([1, true])
    expect(stderr).toMatch(/is locked by another process/)
    expect(performance.now() - startedAt).toBeGreaterThan(LOCKED_AT_START_MS)
    const starting = start({})
    await delay(LOCKED_SHORTLY_MS)
    other.close()
    const bff = await starting
    expect((await fetch(`${bff.url}/readyz`)).status).toBe(200)
    await bff.stop()
  },
  START_WITHIN_MS,
)

it(
  'answers a login in flight before it exits, and exits soon after',
  async () => {
    const upstream = createServer((_req, res) => {
      setTimeout(() => res.end('{"errcode":40029,"errmsg":"invalid code"}'), 700)
    })
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
    const { port } = upstream.address() as AddressInfo
    const bff = await start({ WECHAT_API_BASE: `http://127.0.0.1:${port}` })
    const body = JSON.stringify({ code: 'abc' })
    const headers = { 'content-type': 'application/json' }
    const login = fetch(`${bff.url}/v1/login`, { method: 'POST', headers, body })
    await until(() => upstreamSaw(upstream))
    const startedAt = performance.now()
    const stopped = bff.stop()
    expect((await login).status).toBe(400)
    await stopped
    expect([await bff.exited, performance.now() - startedAt < 3000]).toEqual([0, true])
    upstream.closeAllConnections()
    upstream.close()
  },
  START_WITHIN_MS,
)

const upstreamSaw = (server: Server): Promise<boolean> =>
  new Promise((resolve) => {
    server.getConnections((_error, count) => {
      resolve(count > 0)
    })
  })
