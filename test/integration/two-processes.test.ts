/** Two BFF processes on one database and one Redis, against one WeChat: they act as one. */
import { setTimeout as delay } from 'node:timers/promises'
import { startBff } from '../../scripts/start/bff-process'
import type { BffProcess } from '../../scripts/start/bff-process'
import { createSandbox } from '../../scripts/sandbox/sandbox'
import type { Sandbox } from '../../scripts/sandbox/sandbox'
import type { ErrorBody, LoginAnswer, SessionsAnswer, User } from '../../typings/api'
import { APPID, JWT_SECRET } from '../support/bff'
import { BUILT_BFF } from '../support/built-server'
import { until } from '../support/until'
import { makeMysqlDatabase, makePostgresDatabase } from './databases'
import type { TestDatabase } from './databases'
import { times } from './fixture'
import { useRedis } from './redis-fixture'
import { describeWith, mysqlService, postgresService, redisService } from './services'
import { startTcpProxy } from './tcp-proxy'
import type { TcpProxy } from './tcp-proxy'

const START_WITHIN_MS = 60_000
const MAX_TRIES = 20

interface Reply {
  status: number
  body: Partial<LoginAnswer & User & SessionsAnswer & ErrorBody> & { failing?: string[] }
}

async function ask(url: string, method: string, body?: object, token?: string): Promise<Reply> {
  const response = await fetch(url, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Reply['body'] }
}

function suite(make: () => Promise<TestDatabase>): void {
  const redis = useRedis()
  let database: TestDatabase
  let wire: TcpProxy
  let sandbox: Sandbox
  let sandboxUrl: string
  let a: BffProcess
  let b: BffProcess

  const environment = (redisUrl: string): NodeJS.ProcessEnv => {
    const url = new URL(redisUrl)
    url.searchParams.set('keyPrefix', redis.prefix)
    return {
      PATH: process.env['PATH'],
      PORT: '0',
      WECHAT_APPID: APPID,
      WECHAT_APPSECRET: `sandbox-secret-${APPID}`,
      WECHAT_API_BASE: sandboxUrl,
      DATABASE_URL: wire.url,
      REDIS_URL: url.href,
      JWT_SECRETS: `t1:${JWT_SECRET}`,
      DATA_KEYS: `d1:${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`,
    }
  }

  beforeAll(async () => {
    database = await make()
    wire = await startTcpProxy(database.url)
    sandbox = createSandbox()
    sandboxUrl = (await sandbox.listen(0)).url
  })
  beforeEach(async () => {
    // A's connection to Redis can be cut, B's can't; both find an empty database on the first
    // start.
    const urls = [redis.proxy.url, redisService.url]
    const starting = urls.map((url) =>
      startBff({ env: environment(url), onLine: () => undefined, program: BUILT_BFF }),
    )
    ;[a, b] = (await Promise.all(starting)) as [BffProcess, BffProcess]
    await control('reset')
  }, START_WITHIN_MS)
  afterEach(() => Promise.all([a.stop(), b.stop()]), START_WITHIN_MS)
  afterAll(async () => {
    await sandbox.close()
    await wire.close()
    await database.remove()
  })

  const control = async (path: string, body: object = {}) =>
    (await ask(`${sandboxUrl}/__sandbox/${path}`, 'POST', body)).body as { code: string }
  const newCode = async (user = 'alice') =>
    (await control('login-code', { appid: APPID, user })).code
  const login = (at: BffProcess, code: string) => ask(`${at.url}/v1/login`, 'POST', { code })
  /** Retries with a new code when the service is busy, as clients do. */
  async function loginAs(user: string, at: BffProcess): Promise<Reply> {
    for (let tries = 1; ; tries += 1) {
      const reply = await login(at, await newCode(user))
      if (reply.status !== 503 || tries === MAX_TRIES) return reply
      await delay(1000 * Math.random())
    }
  }
  const me = (at: BffProcess, token: string) => ask(`${at.url}/v1/me`, 'GET', undefined, token)
  const tokenFrom = async (at: BffProcess): Promise<string> => {
    const { status, body } = await login(at, await newCode())
    if (body.token === undefined) throw new Error(`the login was answered ${status}`)
    return body.token
  }
  const callsTo = async (path: string) => {
    const { body } = await ask(`${sandboxUrl}/__sandbox/calls`, 'GET')
    return (body as { counts: Record<string, number> }).counts[path] ?? 0
  }

  it('sends one code once, whichever process gets it and however often', async () => {
    const code = await newCode()
    await control('faults', { path: '/sns/jscode2session', mode: 'delay', delayMs: 300, times: 1 })
    const replies = await Promise.all(times(6, (n) => login(n % 2 === 0 ? a : b, code)))
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409, 409])
    for (const process of [a, b]) {
      expect((await login(process, code)).body.error?.code).toBe('WX_CODE_USED')
    }
    expect(await callsTo('/sns/jscode2session')).toBe(1)
  })

  it('refuses a session in both processes the moment one has ended it', async () => {
    for (const path of ['/v1/logout', '/v1/logout-all']) {
      const token = await tokenFrom(a)
      // Twice, so that both have it cached.
      for (const process of [a, b, a, b]) expect((await me(process, token)).status).toBe(200)
      expect((await ask(`${a.url}${path}`, 'POST', undefined, token)).status).toBe(204)
      for (const process of [b, a]) {
        expect((await me(process, token)).body.error?.code).toBe('SESSION_REVOKED')
      }
    }
  })

  it('shows one user, one list of devices and one limit on bad codes', async () => {
    const [first, second] = [await tokenFrom(a), await tokenFrom(b)]
    expect((await me(a, second)).body.id).toBe((await me(b, first)).body.id)
    await ask(`${a.url}/v1/me`, 'PUT', { nickname: '小明' }, first)
    expect((await me(b, second)).body.nickname).toBe('小明')
    const list = await ask(`${b.url}/v1/sessions`, 'GET', undefined, first)
    expect(list.body.sessions).toHaveLength(2)
    const other = list.body.sessions!.find(({ current }) => !current)!
    await ask(`${b.url}/v1/sessions/${other.id}`, 'DELETE', undefined, first)
    expect((await me(a, second)).body.error?.code).toBe('SESSION_ENDED')
    for (const odd of ['%00', 'x', 'a'.repeat(9999), other.id]) {
      const again = await ask(`${b.url}/v1/sessions/${odd}`, 'DELETE', undefined, first)
      expect([odd, again.status]).toEqual([odd, 404])
    }
    for (const n of times(20, Number)) {
      expect((await login(n % 2 === 0 ? a : b, `wrong-${n}`)).status).toBe(400)
    }
    const late = await Promise.all([a, b].map(async (process) => login(process, await newCode())))
    expect(late.map(({ status }) => status)).toEqual([429, 429])
  })

  it('sends 20 of 150 bad codes of one address that both receive at once', async () => {
    await control('faults', {
      path: '/sns/jscode2session',
      mode: 'delay',
      delayMs: 1000,
      times: 300,
    })
    const replies = await Promise.all(
      times(150, (n) => login(n % 2 === 0 ? a : b, `worthless-${n}`)),
    )
    const sent = await callsTo('/sns/jscode2session')
    const count = (wanted: number) => replies.filter(({ status }) => status === wanted).length
    // On a busy machine the database refuses some before they are sent, and some time out in the
    // queue.
    expect(sent).toBeGreaterThan(0)
    expect(sent).toBeLessThanOrEqual(20)
    expect([count(400), count(429) + count(503)]).toEqual([sent, 150 - sent])
  })

  it('accepts 100 good codes of one address in both processes', async () => {
    const replies = await Promise.all(times(100, (n) => loginAs(`crowd${n}`, n % 2 === 0 ? a : b)))
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(100)
  })

  it('fetches one access token for both', async () => {
    const token = await tokenFrom(a)
    await control('faults', { path: '/cgi-bin/stable_token', mode: 'delay', delayMs: 300 })
    const checks = await Promise.all(
      times(6, (n) =>
        ask(`${(n % 2 === 0 ? a : b).url}/v1/session/check`, 'GET', undefined, token),
      ),
    )
    expect(checks.map(({ status }) => status)).toEqual(times(6, () => 200))
    expect(await callsTo('/cgi-bin/stable_token')).toBe(1)
  })

  it('spends no code while Redis is down, names it, keeps reading, and recovers', async () => {
    const token = await tokenFrom(a)
    await redis.proxy.cut()
    const code = await newCode()
    const sent = await callsTo('/sns/jscode2session')
    expect((await login(a, code)).body.error?.code).toBe('STORAGE_UNAVAILABLE')
    expect(await ask(`${a.url}/readyz`, 'GET')).toMatchObject({
      status: 503,
      body: { failing: ['redis'] },
    })
    expect((await me(a, token)).status).toBe(200)
    expect(await callsTo('/sns/jscode2session')).toBe(sent)
    await redis.proxy.heal()
    await until(async () => (await ask(`${a.url}/readyz`, 'GET')).status === 200)
    expect((await login(a, code)).status).toBe(200)
  })

  it('spends no code while the database is down, names it, and recovers', async () => {
    await wire.cut()
    const code = await newCode()
    const startedAt = performance.now()
    expect((await login(b, code)).body.error?.code).toBe('STORAGE_UNAVAILABLE')
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    expect((await ask(`${b.url}/readyz`, 'GET')).body.failing).toEqual(['storage'])
    expect((await ask(`${b.url}/healthz`, 'GET')).status).toBe(200)
    await wire.heal()
    expect((await login(b, code)).status).toBe(200)
  })
}

describeWith([postgresService, redisService], 'PostgreSQL and Redis', () => {
  suite(makePostgresDatabase)
})

describeWith([mysqlService, redisService], 'MySQL and Redis', () => {
  suite(makeMysqlDatabase)
})
