/**
 * A service that embeds the BFF is killed between its hook and the commit: nothing is half done.
 */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { createSandbox } from '../../scripts/sandbox/sandbox'
import type { LoginAnswer } from '../../typings/api'
import { APPID, JWT_SECRET } from '../support/bff'
import { makeTempDir } from '../support/temp-dir'

const START_WITHIN_MS = 60_000
const FOR_EVER_MS = '600000'

const dir = makeTempDir()
const file = join(dir.path, 'app.db')
const sandbox = createSandbox()
let sandboxUrl: string
beforeAll(async () => {
  sandboxUrl = (await sandbox.listen(0)).url
})
afterAll(async () => {
  await sandbox.close()
  dir.remove()
})

function start(memberAfterMs: string) {
  const host = fork(join(__dirname, 'mounted-host.ts'), {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: {
      ...{ PATH: process.env['PATH'], WECHAT_APPID: APPID, WECHAT_API_BASE: sandboxUrl },
      WECHAT_APPSECRET: `sandbox-secret-${APPID}`,
      DATABASE_URL: `file:${file}`,
      JWT_SECRETS: `t1:${JWT_SECRET}`,
      DATA_KEYS: `d1:${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`,
      MEMBER_AFTER_MS: memberAfterMs,
    },
  })
  return host
}

const saidBy = async (host: ChildProcess): Promise<string> =>
  String((await once(host, 'message'))[0])

async function kill(host: ChildProcess): Promise<void> {
  const gone = once(host, 'exit')
  host.kill('SIGKILL')
  await gone
}

async function logIn(url: string): Promise<Response> {
  const asked = await fetch(`${sandboxUrl}/__sandbox/login-code`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ appid: APPID, user: 'alice' }),
  })
  const { code } = (await asked.json()) as { code: string }
  return fetch(`${url}/auth/v1/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code }),
  })
}

it(
  'stores nothing before the hook has answered, and everything afterwards',
  async () => {
    const killed = start(FOR_EVER_MS)
    const login = logIn(await saidBy(killed)).catch(() => 'cut off')
    expect(await saidBy(killed)).toBe('asked')
    await kill(killed)
    expect(await login).toBe('cut off')
    const db = new Database(file, { readonly: true })
    for (const table of ['users', 'identities', 'sessions']) {
      expect(db.prepare(`SELECT * FROM ${table}`).all()).toEqual([])
    }
    db.close()

    const host = start('0')
    const url = await saidBy(host)
    const answer = (await (await logIn(url)).json()) as LoginAnswer
    expect(answer).toMatchObject({ isNew: true, user: { id: 'member-1' } })
    await kill(host)

    const again = start('0')
    const own = `${await saidBy(again)}/own`
    const headers = { authorization: `Bearer ${answer.token}` }
    expect(await (await fetch(own, { headers })).json()).toEqual({ id: 'member-1' })
    const refused = await fetch(own)
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    expect(await refused.json()).toMatchObject({ error: { code: 'TOKEN_MISSING' } })
    await kill(again)
  },
  START_WITHIN_MS,
)
