/**
 * A log that nobody reads: requests continue, lines are dropped and counted, SIGTERM exits with 0.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { APPID, JWT_SECRET } from '../support/bff'
import { BUILT_SERVER } from '../support/built-server'
import { makeTempDir } from '../support/temp-dir'
import { until } from '../support/until'

const ENDS_WITHIN_MS = 10_000
const TEST_MS = 120_000
/** 1 MiB is buffered, and a pipe holds 64 KiB. */
const REQUESTS = 9000
const dir = makeTempDir()
afterAll(() => dir.remove())

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

async function start(stdout: 'pipe' | number) {
  const [port, metricsPort] = [await freePort(), await freePort()]
  const child = spawn(process.execPath, [join(BUILT_SERVER, 'main.js')], {
    stdio: ['ignore', stdout, 'inherit'],
    env: {
      PATH: process.env['PATH'],
      ...{ PORT: String(port), METRICS_PORT: String(metricsPort), HOST: '0.0.0.0' },
      ...{ WECHAT_APPID: APPID, WECHAT_APPSECRET: 'f00dfeedf00dfeed' },
      WECHAT_API_BASE: 'http://127.0.0.1:9',
      DATABASE_URL: `file:${join(dir.path, `${port}.db`)}`,
      JWT_SECRETS: `t1:${JWT_SECRET}`,
      DATA_KEYS: `d1:${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`,
    },
  })
  const url = `http://127.0.0.1:${port}`
  const isUp = () =>
    fetch(`${url}/healthz`).then(
      () => true,
      () => false,
    )
  await until(isUp)
  return { child, url, metricsUrl: `http://127.0.0.1:${metricsPort}/metrics` }
}

async function endsWith(child: ChildProcess): Promise<{ code: number; afterMs: number }> {
  const startedAt = performance.now()
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  const [code] = (await exit) as [number]
  return { code, afterMs: performance.now() - startedAt }
}

async function makeManyLines(url: string): Promise<void> {
  for (let sent = 0; sent < REQUESTS; sent += 50) {
    const answers = await Promise.all(Array.from({ length: 50 }, () => fetch(`${url}/healthz`)))
    for (const answer of answers) expect(answer.status).toBe(200)
    await Promise.all(answers.map((answer) => answer.arrayBuffer()))
  }
}

async function droppedLines(metricsUrl: string): Promise<number> {
  const text = await (await fetch(metricsUrl)).text()
  return Number(/^wechat_login_log_lines_dropped_total (\d+)$/m.exec(text)?.[1] ?? NaN)
}

it.each([
  ['a full disk', () => openSync('/dev/full', 'w')],
  ['a reader that stalls', () => 'pipe' as const],
])(
  'serves and exits before %s, and counts dropped lines',
  async (_name, output) => {
    const { child, url, metricsUrl } = await start(output())
    await makeManyLines(url)
    expect(await droppedLines(metricsUrl)).toBeGreaterThan(0)
    const { code, afterMs } = await endsWith(child)
    expect(code).toBe(0)
    expect(afterMs).toBeLessThan(ENDS_WITHIN_MS)
  },
  TEST_MS,
)

it(
  'serves and exits when its reader has died',
  async () => {
    const { child, url } = await start('pipe')
    child.stdout?.destroy()
    await makeManyLines(url)
    expect((await endsWith(child)).code).toBe(0)
  },
  TEST_MS,
)
