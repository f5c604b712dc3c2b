/**
 * Secrets stay where they belong: after logins, profiles, phone numbers, errors and WeChat
 * failures, no secret is in a log line, an answer, a metric, or a page of the database, in any
 * encoding.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { LoginAnswer } from '../../typings/api'
import { buildProgram, makeSite } from '../faults/support/site'
import type { Program, Running, Site } from '../faults/support/site'
import { APPID, JWT_SECRET } from '../support/bff'
import { found } from './secret-forms'

const PHONE = '13987654321'
const OTHER_PHONE = '13912349876'
const KEPT_LINES = 200
const TEST_MS = 60_000

jest.setTimeout(TEST_MS)

interface Box {
  rawData: string
  signature: string
  encryptedData: string
  iv: string
}
interface Seen {
  path: string
  text: string
}

let program: Program
let site: Site
let bff: Running
let metricsUrl: string
const answers: Seen[] = []
/** By kind; a secret that the run has seen. */
const secrets = new Map<string, string>()

async function call(
  method: string,
  path: string,
  body?: unknown,
  token?: string,
): Promise<unknown> {
  const response = await fetch(bff.url + path, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const head = JSON.stringify([...response.headers])
  answers.push({ path: `${method} ${path} ${response.status}`, text: `${head}\n${text}` })
  return text === '' ? undefined : JSON.parse(text)
}

async function login(user: string): Promise<string> {
  const code = await site.newCode(user)
  secrets.set(`login code ${secrets.size}`, code)
  const { token } = (await call('POST', '/v1/login', { code })) as LoginAnswer
  secrets.set(`token ${secrets.size}`, token)
  return token
}

async function newPhoneCode(phone: string): Promise<string> {
  const { code } = await site.control<{ code: string }>('phone-code', {
    appid: APPID,
    user: 'alice',
    phone,
  })
  secrets.set(`phone code ${secrets.size}`, code)
  return code
}

const seal = (kind: string, data: object = {}): Promise<Box> =>
  site.control<Box>('open-data', { appid: APPID, user: 'alice', kind, data })

/** WeChat's session keys, read from the sandbox without the BFF. */
async function learnWechatSecrets(): Promise<void> {
  const secret = `sandbox-secret-${APPID}`
  const query = (fields: Record<string, string>) => new URLSearchParams(fields).toString()
  const js_code = await site.newCode('alice')
  const grant = query({ appid: APPID, secret, js_code, grant_type: 'authorization_code' })
  const session = await fetch(`${site.wechatUrl}/sns/jscode2session?${grant}`)
  secrets.set('session_key', ((await session.json()) as { session_key: string }).session_key)
  const token = await fetch(`${site.wechatUrl}/cgi-bin/stable_token`, {
    method: 'POST',
    body: JSON.stringify({ grant_type: 'client_credential', appid: APPID, secret }),
  })
  secrets.set('access token', ((await token.json()) as { access_token: string }).access_token)
}

async function goodAndBadRequests(): Promise<void> {
  const token = await login('alice')
  await learnWechatSecrets()
  await call('PUT', '/v1/me', { nickname: '小红' }, token)
  await call('PUT', '/v1/me', { nickname: '赌博' }, token)
  await call('POST', '/v1/me/wechat-profile', await seal('profile'), token)
  await call('POST', '/v1/me/wechat-profile', { ...(await seal('profile')), iv: 'AAAA' }, token)
  await call('POST', '/v1/me/phone', await seal('phone', { purePhoneNumber: OTHER_PHONE }), token)
  const { encryptedData, iv } = await seal('phone', { purePhoneNumber: OTHER_PHONE })
  await call('POST', '/v1/me/phone', { encryptedData, iv }, token)
  const code = await newPhoneCode(PHONE)
  await call('POST', '/v1/me/phone', { code }, token)
  await call('POST', '/v1/me/phone', { code }, token)
  await call('GET', '/v1/session/check', undefined, token)
  await call('GET', '/v1/sessions', undefined, token)
  await call('GET', '/v1/me', undefined, `${token}x`)
  await call('GET', `/v1/me?token=${token}`)
  await call('POST', '/v1/login', { code: 'a'.repeat(64) })
  await call('POST', '/v1/login', { token, appsecret: 'x' })
  await call('GET', `/v1/sessions/${token}`, undefined, token)
  await call('DELETE', '/v1/sessions/unknown', undefined, token)
  await call('POST', '/v1/logout', undefined, await login('bob'))
}

/**
 * Every kind of WeChat failure on every path: the failing call contains secrets in its URL or body.
 */
async function brokenWechat(): Promise<void> {
  const modes = [
    'errcode',
    'html',
    'redirect',
    'reset',
    'reset-after-headers',
    'bad-json',
    'empty',
    'huge-body',
  ]
  for (const mode of modes) {
    // A successful login between two failures keeps the breaker closed.
    const token = await login('alice')
    for (const path of [
      '/sns/jscode2session',
      '/wxa/business/getuserphonenumber',
      '/wxa/checksession',
      '/wxa/msg_sec_check',
      '/cgi-bin/stable_token',
    ]) {
      await site.control('faults', {
        path,
        mode,
        times: 1,
        ...(mode === 'errcode' && { errcode: 40125 }),
      })
    }
    await call('POST', '/v1/login', { code: await site.newCode('alice') })
    await call('POST', '/v1/me/phone', { code: await newPhoneCode(PHONE) }, token)
    await call('GET', '/v1/session/check', undefined, token)
    await call('PUT', '/v1/me', { nickname: '小明' }, token)
    await site.control('faults', {}, 'DELETE')
  }
}

const databasePages = (): string => {
  const folder = dirname(site.databaseFile)
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'latin1'))
    .join('\n')
}

let logs: string
let metrics: string
let pagesWhileOpen: string
beforeAll(async () => {
  program = buildProgram()
  site = await makeSite(program.file, {
    METRICS_PORT: '0',
    LOG_LEVEL: 'trace',
    CONTENT_CHECK: 'strict',
  })
  const { WECHAT_APPSECRET = '', DATA_KEYS = '' } = site.env
  secrets.set('AppSecret', WECHAT_APPSECRET)
  secrets.set('JWT secret', JWT_SECRET)
  secrets.set('data key', DATA_KEYS.slice('d1:'.length))
  bff = await site.start()
  metricsUrl = /metrics on (http:[^"]+)"/.exec(site.lines.join('\n'))?.[1] ?? ''
  await goodAndBadRequests()
  await brokenWechat()
  metrics = await (await fetch(`${metricsUrl}/metrics`)).text()
  pagesWhileOpen = databasePages()
  await bff.stop()
  logs = site.lines.join('\n')
})
afterAll(async () => {
  await site.remove()
  program.remove()
})

const phones: [string, string][] = [
  ['phone number', PHONE],
  ['other phone number', OTHER_PHONE],
]

it('saw secrets, and searched all output', () => {
  expect([...secrets.keys()]).toEqual(
    expect.arrayContaining(['AppSecret', 'session_key', 'access token']),
  )
  expect(secrets.size).toBeGreaterThan(20)
  expect(site.lines.length).toBeLessThan(KEPT_LINES)
  for (const code of [
    'WX_MISCONFIGURED',
    'WX_UNAVAILABLE',
    'WX_CODE_USED',
    'OPEN_DATA_INVALID',
    'CONTENT_REJECTED',
    'TOKEN_INVALID',
  ]) {
    expect(answers.some(({ text }) => text.includes(code))).toBe(true)
  }
  expect(logs).toContain('"errcode":40125')
  expect(metrics).toContain('wechat_login_logins_total{outcome="WX_MISCONFIGURED"}')
  expect(pagesWhileOpen).toContain(APPID)
})

it('detects a secret in each encoding, which proves that the search works', () => {
  for (const [, secret] of secrets) {
    const places = [
      secret,
      JSON.stringify({ secret }),
      `?a=${encodeURIComponent(secret)}`,
      Buffer.from(secret).toString('hex'),
    ]
    const wrapped = [0, 1, 2].map((n) =>
      Buffer.from(`${'.'.repeat(n)}${secret}..`).toString('base64'),
    )
    for (const place of [...places, ...wrapped])
      expect(found(`x ${place} y`, [['it', secret]])).toEqual(['it'])
  }
})

it('writes none into the log', () => {
  expect(found(logs, [...secrets, ...phones])).toEqual([])
  expect(logs).not.toMatch(/"openid"|AxiosError|js_code|secret=/)
})

it('sends none in an answer, except a token to its owner and the phone number in the export', () => {
  for (const { path, text } of answers) {
    const isLogin = path === 'POST /v1/login 200'
    const wanted = [...secrets, ...phones].filter(
      ([name]) => !(isLogin && name.startsWith('token')),
    )
    expect([path, found(text, wanted)]).toEqual([path, []])
  }
  expect(answers.filter(({ text }) => text.includes('139******21')).length).toBeGreaterThan(0)
})

it('puts none into the metrics', () => {
  expect(found(metrics, [...secrets, ...phones])).toEqual([])
})

it('stores none in a page of the database or its log, neither open nor closed', () => {
  for (const pages of [pagesWhileOpen, databasePages()]) {
    expect(found(pages, [...secrets, ...phones])).toEqual([])
  }
})
