/**
 * The BFF as `npm start` starts it: at every LOG_LEVEL, within a time limit, and stopped when that
 * fails.
 */
import { execFile, spawnSync } from 'node:child_process'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { sandboxSecret } from '../../scripts/lib/defaults'
import { startBff } from '../../scripts/start/bff-process'
import { APPID, JWT_SECRET } from '../support/bff'
import { makeTempDir } from '../support/temp-dir'
import { until } from '../support/until'

const ROOT = join(__dirname, '../..')
const START_WITHIN_MS = 60_000
const dir = makeTempDir()
const env: NodeJS.ProcessEnv = {
  PATH: process.env['PATH'],
  PORT: '0',
  WECHAT_APPID: APPID,
  WECHAT_APPSECRET: sandboxSecret(APPID),
  WECHAT_API_BASE: 'http://127.0.0.1:9',
  DATABASE_URL: `file:${join(dir.path, 'app.db')}`,
  JWT_SECRETS: `t1:${JWT_SECRET}`,
  DATA_KEYS: `d1:${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`,
}
afterAll(() => {
  dir.remove()
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function isListening(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(Number(new URL(url).port), '127.0.0.1', () => resolve(true))
    socket.on('error', () => resolve(false)).on('connect', () => socket.destroy())
  })
}

it.each(['warn', 'fatal'])(
  'starts with LOG_LEVEL=%s, although no log line contains the address',
  async (LOG_LEVEL) => {
    const lines: string[] = []
    const bff = await startBff({ env: { ...env, LOG_LEVEL }, onLine: (line) => lines.push(line) })
    expect((await fetch(`${bff.url}/healthz`)).status).toBe(200)
    await bff.stop()
    expect([await bff.exited, lines]).toEqual([0, []])
  },
  START_WITHIN_MS,
)

it(
  'names the parts that /readyz misses, polls it, and leaves no process at the port',
  async () => {
    const lines: string[] = []
    const start = startBff({
      env: { ...env, REDIS_URL: 'redis://127.0.0.1:1' },
      onLine: (line) => lines.push(line),
      readyWithinMs: 1500,
    })
    await expect(start).rejects.toThrow(
      /did not become ready within 1.5 s: it can't use Redis \(REDIS_URL\)\.$/,
    )
    expect(lines.filter((line) => line.includes('/readyz')).length).toBeLessThan(10)
    const url = /listening on (http:[^"]+)/.exec(lines.join('\n'))?.[1] ?? ''
    await expect(isListening(url)).resolves.toBe(false)
  },
  START_WITHIN_MS,
)

it('gives up on a program that never listens, and stops it', async () => {
  const lines: string[] = []
  const program = ['-e', 'console.log(process.pid); setInterval(() => undefined, 1000)']
  const start = startBff({ env, onLine: (line) => lines.push(line), program, listenWithinMs: 1000 })
  await expect(start).rejects.toThrow('The BFF does not listen after 1 s')
  expect(() => process.kill(Number(lines[0]), 0)).toThrow('ESRCH')
})

it('stops it when the starting process exits during start-up', async () => {
  const program = ['-e', 'console.log(process.pid); setInterval(() => undefined, 1000)']
  const script = `
    const { startBff } = require('./scripts/start/bff-process.ts')
    const onLine = (line) => { console.log(line); process.exit(0) }
    startBff({ env: { PATH: process.env.PATH }, onLine, program: ${JSON.stringify(program)} })`
  const args = ['--import', 'tsx', '-e', script]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT })
  expect(stdout).toMatch(/^\d+\n$/)
  await until(() => !isAlive(Number(stdout)))
})

it('stops by itself when the process that started it is killed', async () => {
  const script = `
    const { startBff } = require('./scripts/start/bff-process.ts')
    startBff({ env: JSON.parse(process.argv[1]), onLine: () => undefined })
      .then(({ pid }) => { console.log(pid); process.kill(process.pid, 'SIGKILL') })`
  const args = ['--import', 'tsx', '-e', script, JSON.stringify(env)]
  const { stdout } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' })
  expect(stdout).toMatch(/^\d+\n$/)
  await until(() => !isAlive(Number(stdout)))
})

it('reports the exit code of a program that exited before it was ready', async () => {
  const start = startBff({ env, onLine: () => undefined, program: ['-e', 'process.exit(7)'] })
  await expect(start).rejects.toThrow('did not start (exit code 7)')
})
