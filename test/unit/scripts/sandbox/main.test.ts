/** The command line and the state file, with the sandbox as its own process. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:net'
import { MINI, secretOf, startClient } from './client'

const ROOT = join(__dirname, '../../../..')
const started: ChildProcess[] = []
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sandbox-'))
})
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

interface Run {
  readonly child: ChildProcess
  output(): string
  /** Resolves with the first match, or rejects when the process exits before. */
  see(pattern: RegExp): Promise<RegExpExecArray>
  readonly ended: Promise<number | null>
}

/** Fails as for a user without rights to a low port, because the tests may run as root. */
const REFUSE_PORTS = `data:text/javascript,${encodeURIComponent(`
  import { Server } from 'node:net'
  Server.prototype.listen = function () {
    process.nextTick(() => this.emit('error', Object.assign(new Error('listen'), { code: 'EACCES' })))
    return this
  }`)}`

function run(args: string[], port = '0', options: string[] = []): Run {
  // One process instead of tsx and its child, so that a signal reaches the sandbox itself.
  const script = [...options, '--import', 'tsx', 'scripts/sandbox/main.ts']
  const child = spawn(process.execPath, [...script, ...args], {
    cwd: ROOT,
    env: { ...process.env, SANDBOX_PORT: port },
  })
  started.push(child)
  let output = ''
  const listeners = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += String(chunk)
      for (const listener of listeners) listener()
    })
  }
  const ended = once(child, 'close').then(([code]) => code as number | null)
  const see = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(output)
        if (match !== null) resolve(match)
      }
      listeners.add(look)
      look()
      void ended.then(() => reject(new Error(`ended before ${pattern}: ${output}`)))
    })
  return { child, output: () => output, see, ended }
}

const urlOf = async (process: Run): Promise<string> =>
  (await process.see(/WeChat sandbox: (http:\/\/127\.0\.0\.1:\d+)/))[1]!

const post = async (url: string, path: string, body: unknown): Promise<Record<string, string>> => {
  const init = { method: 'POST', body: JSON.stringify(body) }
  return (await (await fetch(url + path, init)).json()) as Record<string, string>
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  'prints its address, logs one line per call, exits with 0 on %s',
  async (signal) => {
    const sandbox = run([])
    const url = await urlOf(sandbox)
    await fetch(`${url}/sns/jscode2session?appid=${MINI}&secret=${secretOf(MINI)}&js_code=x`)
    await sandbox.see(/ GET \/sns\/jscode2session wx5a6dbc0000000001 errcode 40002\n/)
    expect(sandbox.output()).not.toContain('sandbox-secret')
    sandbox.child.kill(signal)
    expect(await sandbox.ended).toBe(0)
  },
)

test('a used port is named, with advice', async () => {
  const other = await startClient()
  const { port } = new URL(other.url)
  const sandbox = run([], port)
  expect(await sandbox.ended).toBe(1)
  expect(sandbox.output()).toContain(`Port ${port}, wanted by the WeChat sandbox, is taken`)
  expect(sandbox.output()).toContain('SANDBOX_PORT=')
  await other.stop()
})

test('if the highest port is used, a valid port is proposed', async () => {
  const other = createServer().listen(65_535, '127.0.0.1')
  await once(other, 'listening')
  const sandbox = run([], '65535')
  expect(await sandbox.ended).toBe(1)
  expect(sandbox.output()).toContain('choose another: SANDBOX_PORT=65525 npm run sandbox.')
  other.close()
})

test('a port of administrators is named, with advice', async () => {
  const sandbox = run([], '1', ['--import', REFUSE_PORTS])
  expect(await sandbox.ended).toBe(1)
  expect(sandbox.output()).toBe(
    'Port 1, wanted by the WeChat sandbox, is closed to this user (EACCES). ' +
      'Choose another: SANDBOX_PORT=8001 npm run sandbox.\n',
  )
})

test('an empty --state is refused', async () => {
  const sandbox = run(['--state', ''])
  expect(await sandbox.ended).toBe(1)
  expect(sandbox.output()).toBe('--state needs a file, such as data/sandbox.json.\n')
})

test.each([
  [['--loud'], '0', '--loud'],
  [[], 'many', 'SANDBOX_PORT'],
  [[], '70000', 'SANDBOX_PORT'],
])('%j with SANDBOX_PORT=%s exits with 1 and names %s', async (args, port, text) => {
  const sandbox = run(args, port)
  expect(await sandbox.ended).toBe(1)
  expect(sandbox.output()).toContain(text)
})

test('--state keeps persons, codes, keys, tokens and the clock; --quiet logs nothing', async () => {
  const file = join(folder, 'deep', 'state.json')
  const first = run(['--state', file, '--quiet'])
  const url = await urlOf(first)
  const { code } = await post(url, '/__sandbox/login-code', { appid: MINI, user: 'alice' })
  const credentials = { grant_type: 'client_credential', appid: MINI, secret: secretOf(MINI) }
  const { access_token } = await post(url, '/cgi-bin/stable_token', credentials)
  await post(url, '/__sandbox/clock', { advanceSeconds: 60 })
  first.child.kill('SIGTERM')
  expect(await first.ended).toBe(0)
  expect(first.output().trim().split('\n')).toHaveLength(1)

  const second = await startClient({ stateFile: file })
  const reply = await second.exchange(code!)
  expect(reply.json).toHaveProperty('openid')
  expect(await second.control('people', undefined, 'GET')).toMatchObject({ aheadSeconds: 60 })
  const again = await second.post('/cgi-bin/stable_token', {}, credentials)
  expect(again.json['access_token']).toBe(access_token)
  await second.stop()

  const third = await startClient({ stateFile: file })
  expect((await third.exchange(code!)).json['errcode']).toBe(40163)
  const key = (await third.exchange(await third.loginCode('alice'))).json['session_key']
  expect(key).toBe(reply.json['session_key'])
  await third.control('reset')
  await third.stop()
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ persons: [], codes: [] })
})

test('the state is saved soon after a change, not only at the end', async () => {
  const file = join(folder, 'state.json')
  const sandbox = run(['--state', file, '--quiet'])
  await post(await urlOf(sandbox), '/__sandbox/login-code', { appid: MINI, user: 'alice' })
  const deadlineMs = Date.now() + 5000
  while (!existsSync(file) && Date.now() < deadlineMs) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  sandbox.child.kill('SIGKILL')
  expect(readFileSync(file, 'utf8')).toContain('"alice"')
})

test.each(['', '{', '[]', '{"version":2}'])(
  'a file with %j is refused and not changed',
  async (text) => {
    const file = join(folder, 'notes.txt')
    writeFileSync(file, text)
    const sandbox = run(['--state', file])
    expect(await sandbox.ended).toBe(1)
    expect(sandbox.output()).toContain(`${file} is not a state file`)
    expect(readFileSync(file, 'utf8')).toBe(text)
  },
)
