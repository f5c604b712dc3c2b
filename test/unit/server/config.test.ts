/** Configuration: reports all errors at once, by name, never with the value. */
import { ConfigError, parseConfig } from '../../../server/config'

const good = {
  WECHAT_APPID: 'wx0123456789abcdef',
  WECHAT_APPSECRET: 'f00dfeedf00dfeed',
  JWT_SECRETS: 'a:Xk3vN8qLw2ZrT7yB5mHc9PdFgJsAe4Uo',
  DATA_KEYS: `d:${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`,
}

function faultsOf(env: NodeJS.ProcessEnv): string[] {
  try {
    parseConfig(env)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}

const namesOf = (env: NodeJS.ProcessEnv) => faultsOf(env).map((fault) => fault.split(/[:.[]/)[0])

it('has the defaults of the contract', () => {
  expect(parseConfig(good)).toMatchObject({
    host: '127.0.0.1',
    port: 3000,
    wechatApiBase: 'https://api.weixin.qq.com',
    wechatTimeoutMs: 3000,
    databaseUrl: 'file:./data/app.db',
    redisUrl: null,
    sessionIdleMs: 7 * 86_400_000,
    sessionMaxMs: 30 * 86_400_000,
    exposeOpenid: true,
    contentCheck: 'lenient',
    trustProxy: 0,
    logLevel: 'info',
    metricsPort: null,
  })
})

it('names everything that is missing at once', () => {
  expect(namesOf({}).sort()).toEqual([
    'DATA_KEYS',
    'JWT_SECRETS',
    'WECHAT_APPID',
    'WECHAT_APPSECRET',
  ])
})

it('names several wrong values at once and never repeats one', () => {
  const env = { ...good, PORT: 'eighty', TRUST_PROXY: 'true', LOG_LEVEL: 'loud', HOST: '' }
  expect(namesOf(env).sort()).toEqual(['HOST', 'LOG_LEVEL', 'PORT', 'TRUST_PROXY'])
  expect(faultsOf(env).join()).not.toMatch(/eighty|loud/)
})

const apps = JSON.stringify([
  { appid: 'wx0123456789abcdef', secret: 'f00dfeedf00dfeed', type: 'miniprogram' },
])

const severalApps = { WECHAT_APPID: undefined, WECHAT_APPSECRET: undefined, WECHAT_APPS: apps }

it.each<[string, NodeJS.ProcessEnv, string[]]>([
  ['the sessions', { SESSION_IDLE_DAYS: '40', PORT: 'abc' }, ['PORT', 'SESSION_IDLE_DAYS']],
  ['the apps', { WECHAT_APPS: apps, LOG_LEVEL: 'loud' }, ['LOG_LEVEL', 'WECHAT_APPS']],
  [
    'half an app',
    { WECHAT_APPSECRET: undefined, WECHAT_APPID: 'wx 1', LOG_LEVEL: 'loud' },
    ['LOG_LEVEL', 'WECHAT_APPID', 'WECHAT_APPSECRET'],
  ],
  [
    'the sandbox',
    { NODE_ENV: 'production', WECHAT_API_BASE: 'http://127.0.0.1:9', TRUST_PROXY: 'true' },
    ['TRUST_PROXY', 'WECHAT_API_BASE'],
  ],
])('names errors that combine several variables with the others: %s', (_what, env, names) => {
  expect(namesOf({ ...good, ...env }).sort()).toEqual(names)
})

it.each([
  ['PORT', '65536'],
  ['PORT', '-1'],
  ['PORT', ''],
  ['WECHAT_TIMEOUT_MS', '3s'],
  ['WECHAT_API_BASE', 'http://api.weixin.qq.com'],
  ['WECHAT_API_BASE', 'http://127.0.0.1.evil.example'],
  ['WECHAT_API_BASE', 'https://api.weixin.qq.com/sns'],
  ['WECHAT_API_BASE', 'ftp://127.0.0.1'],
  ['DATABASE_URL', 'app.db'],
  ['DATABASE_URL', 'file::memory:'],
  ['DATABASE_URL', 'postgres://u:canary@127.0.0.1:99999/db'],
  ['DATABASE_URL', 'postgres://u:canary#@127.0.0.1/db'],
  ['DATABASE_URL', 'postgres://u:canary%@127.0.0.1/db'],
  ['DATABASE_URL', 'mysql://u:canary%ss@127.0.0.1/db'],
  ['DATABASE_URL', 'mysql://u%ss:canary@127.0.0.1/db'],
  ['DATABASE_URL', 'mysql://u:canary@127.0.0.1/db%ss'],
  ['DATABASE_URL', 'mysql://u:canary@127.0.0.1/db%e0%a4'],
  ['REDIS_URL', ''],
  ['REDIS_URL', 'http://127.0.0.1:6379'],
  ['REDIS_URL', 'redis://127.0.0.1:99999'],
  ['REDIS_URL', 'redis://u:canary%ss@127.0.0.1:6379'],
  ['REDIS_URL', 'redis://127.0.0.1:6379/canary'],
  ['REDIS_URL', 'redis://127.0.0.1:6379/0/1'],
  ['REDIS_URL', 'redis://127.0.0.1:6379/?db=canary'],
  ['REDIS_URL', 'redis://127.0.0.1:6379?db='],
  ['REDIS_URL', 'redis-sentinel://127.0.0.1:26379/0'],
  ['REDIS_URL', 'redis-sentinel://127.0.0.1:99999?sentinelMasterId=m'],
  ['REDIS_URL', 'redis-sentinel://u:canary%ss@127.0.0.1?sentinelMasterId=m'],
  ['REDIS_URL', 'redis-sentinel://127.0.0.1,/0?sentinelMasterId=m'],
  ['SESSION_IDLE_DAYS', '31'],
  ['EXPOSE_OPENID', 'yes'],
  ['CONTENT_CHECK', 'maybe'],
  ['TRUST_PROXY', 'loopback'],
  ['TRUST_PROXY', '10.0.0.0/33'],
  ['TRUST_PROXY', '::1/129'],
  ['TRUST_PROXY', '0.0.0.0/0'],
  ['TRUST_PROXY', '10.0.0.0/8, ::/0'],
  ['TRUST_PROXY', '10.0.0/8'],
  ['TRUST_PROXY', '1.5'],
  ['TRUST_PROXY', '10.0.0.0/8/8'],
  ['HOST', ' '],
  ['HOST', 'http://127.0.0.1'],
  ['HOST', '127.0.0.1:3000'],
  ['HOST', '999.1.1.1'],
  ['METRICS_PORT', 'x'],
  ['JWT_SECRETS', 'no-colon-here'],
  ['JWT_SECRETS', 'k:short'],
  ['JWT_SECRETS', `k:${'ab'.repeat(20)}`],
  ['JWT_SECRETS', 'k:change-me-change-me-1234567890-abcdef'],
  ['JWT_SECRETS', `${good.JWT_SECRETS},${good.JWT_SECRETS}`],
  ['JWT_SECRETS', `${good.JWT_SECRETS},b:${good.JWT_SECRETS.slice(2)}`],
  ['JWT_SECRETS', ` a:${good.JWT_SECRETS.slice(2)}`],
  ['JWT_SECRETS', `bad kid:${good.JWT_SECRETS.slice(2)}`],
  ['DATA_KEYS', `d:${Buffer.alloc(32, 7).toString('base64')}`],
  ['DATA_KEYS', `d:${Buffer.from('too short').toString('base64')}`],
  ['DATA_KEYS', good.DATA_KEYS.slice(0, -1)],
  ['WECHAT_APPS', '[]'],
  ['WECHAT_APPS', '{'],
])('refuses %s=%s', (name, value) => {
  const env = { ...good, [name]: value }
  expect(namesOf(env)).toContain(name)
  expect(faultsOf(env).join()).not.toContain('canary')
})

it.each([
  ['DATABASE_URL', 'databaseUrl', 'file:./100%.db'],
  [
    'DATABASE_URL',
    'databaseUrl',
    'postgresql://u:p%25%40s@db.internal:5432/db?sslmode=verify-full',
  ],
  ['DATABASE_URL', 'databaseUrl', 'postgres://u@%2Frun%2Fpostgresql/db'],
  ['DATABASE_URL', 'databaseUrl', 'mysql://u:p@[::1]:3306/db'],
  ['REDIS_URL', 'redisUrl', 'redis://127.0.0.1'],
  ['REDIS_URL', 'redisUrl', 'rediss://:p%25ss@cache.internal:6380/'],
  ['REDIS_URL', 'redisUrl', 'redis://127.0.0.1:6379/15?keyPrefix=a%'],
  ['REDIS_URL', 'redisUrl', 'redis://127.0.0.1:6379?db=3'],
  ['REDIS_URL', 'redisUrl', 'redis-sentinel://:p%25@a:26379,[::1],c/1?sentinelMasterId=m'],
])('accepts %s (%s) %s unchanged', (name, key, value) => {
  expect(parseConfig({ ...good, [name]: value })).toMatchObject({ [key]: value })
})

it('accepts http on loopback, but not in production', () => {
  const env = { ...good, WECHAT_API_BASE: 'http://127.0.0.1:7800' }
  expect(parseConfig(env).wechatApiBase).toBe('http://127.0.0.1:7800')
  expect(namesOf({ ...env, NODE_ENV: 'production' })).toEqual(['WECHAT_API_BASE'])
})

it.each<[string, NodeJS.ProcessEnv]>([
  ['JWT_SECRETS: secret 1 must have', { JWT_SECRETS: 'PartOfMySecret0123:abcdef' }],
  [
    'JWT_SECRETS: secret 2 must have',
    { JWT_SECRETS: `${good.JWT_SECRETS},PartOfMySecret:${'ab'.repeat(20)}` },
  ],
  ['DATA_KEYS: key 2 must be base64 of', { DATA_KEYS: `${good.DATA_KEYS},PartOfMySecret:abc` }],
  [
    'DATA_KEYS: key 1 has all bytes equal',
    { DATA_KEYS: `PartOfMySecret:${Buffer.alloc(32, 7).toString('base64')}` },
  ],
  [
    'WECHAT_APPS[0]: must hold appid, secret and type, and nothing else',
    { ...severalApps, WECHAT_APPS: apps.replace('}', ',"PartOfMySecret":1}') },
  ],
])('names the position in a list, and no part of its content: %s', (start, change) => {
  const faults = faultsOf({ ...good, ...change })
  expect(faults).toEqual([expect.stringContaining(start)])
  expect(faults.join()).not.toContain('PartOfMySecret')
})

it('requires at least one app, and PUBLIC_URL for apps of web pages', () => {
  expect(faultsOf({ ...good, ...severalApps, WECHAT_APPS: '[]' })).toEqual([
    'WECHAT_APPS: must name at least one app',
  ])
  const env = { ...good, ...severalApps, WECHAT_APPS: apps.replace('miniprogram', 'official') }
  expect(namesOf(env)).toEqual(['PUBLIC_URL'])
  expect(parseConfig({ ...env, PUBLIC_URL: 'https://api.example.com' }).apps).toHaveLength(1)
})

describe('TRUST_CLOUD_HEADERS', () => {
  const trusting = { ...good, TRUST_CLOUD_HEADERS: 'true' }

  it('is off by default', () => {
    expect(parseConfig(good).trustCloudHeaders).toBe(false)
    expect(namesOf({ ...good, TRUST_CLOUD_HEADERS: 'yes' })).toEqual(['TRUST_CLOUD_HEADERS'])
  })

  it.each(['0.0.0.0', '::', '203.0.113.7', 'bff.example.com'])(
    'is refused on the public HOST %s, unless the platform confirms its container',
    (HOST) => {
      const [fault = ''] = faultsOf({ ...trusting, HOST })
      expect(fault).toMatch(/^TRUST_CLOUD_HEADERS: .*HOST .*CBR_ENV_ID.*HOST=127\.0\.0\.1/)
      expect(parseConfig({ ...trusting, HOST, CBR_ENV_ID: 'prod-1' }).trustCloudHeaders).toBe(true)
      expect(namesOf({ ...trusting, HOST, CBR_ENV_ID: '' })).toEqual(['TRUST_CLOUD_HEADERS'])
      expect(namesOf({ ...good, HOST })).toEqual([])
    },
  )

  it.each(['127.0.0.1', '127.0.0.9', '::1', 'localhost'])('is accepted on %s', (HOST) => {
    expect(parseConfig({ ...trusting, HOST }).trustCloudHeaders).toBe(true)
  })

  it('needs no AppSecret of a mini-program, but those of all other apps', () => {
    const single = { ...trusting, WECHAT_APPSECRET: undefined }
    expect(parseConfig(single).apps).toEqual([
      { appid: good.WECHAT_APPID, secret: null, type: 'miniprogram' },
    ])
    const list = (type: string) => ({
      ...trusting,
      ...severalApps,
      PUBLIC_URL: 'https://api.example.com',
      WECHAT_APPS: JSON.stringify([{ appid: 'wx0123456789abcdef', type }]),
    })
    expect(parseConfig(list('miniprogram')).apps).toMatchObject([{ secret: null }])
    expect(namesOf(list('official'))).toEqual(['WECHAT_APPS'])
    const untrusting = { ...list('miniprogram'), TRUST_CLOUD_HEADERS: 'false' }
    expect(namesOf(untrusting)).toEqual(['WECHAT_APPS'])
  })
})

it('limits the idle time to SESSION_MAX_DAYS when only that is set', () => {
  const idleDays = (days: string) =>
    parseConfig({ ...good, SESSION_MAX_DAYS: days }).sessionIdleMs / 86_400_000
  expect([idleDays('3'), idleDays('7'), idleDays('8')]).toEqual([3, 7, 7])
  expect(namesOf({ ...good, SESSION_MAX_DAYS: '3', SESSION_IDLE_DAYS: '4' })).toEqual([
    'SESSION_IDLE_DAYS',
  ])
})

it('requires separate ports for the metrics, or lets the system pick both', () => {
  expect(namesOf({ ...good, PORT: '8080', METRICS_PORT: '8080' })).toEqual(['METRICS_PORT'])
  expect(namesOf({ ...good, METRICS_PORT: '3000' })).toEqual(['METRICS_PORT'])
  expect(namesOf({ ...good, PORT: '0', METRICS_PORT: '0' })).toEqual([])
  expect(namesOf({ ...good, PORT: 'x', METRICS_PORT: '3000' })).toEqual(['PORT'])
})

it('keeps the metrics on loopback, whatever HOST is', () => {
  expect(parseConfig({ ...good, HOST: '0.0.0.0' })).toMatchObject({ metricsHost: '127.0.0.1' })
})

it('accepts a colon inside a secret, and several secrets in order', () => {
  const env = { ...good, JWT_SECRETS: `${good.JWT_SECRETS},b:with:colons:7Vq2mXc9TzLw4Rk8BnYs` }
  expect(parseConfig(env).jwtSecrets).toEqual([
    { kid: 'a', secret: good.JWT_SECRETS.slice(2) },
    { kid: 'b', secret: 'with:colons:7Vq2mXc9TzLw4Rk8BnYs' },
  ])
})

it('accepts several apps, or CIDR blocks as proxies', () => {
  const config = parseConfig({
    ...good,
    ...severalApps,
    TRUST_PROXY: '10.0.0.0/8, ::1',
  })
  expect(config.apps).toEqual(JSON.parse(apps))
  expect(config.trustProxy).toEqual(['10.0.0.0/8', '::1'])
})
