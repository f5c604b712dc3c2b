/** createCloudFunction over an app with a real SQLite file; test/integration runs it with the real wx-server-sdk. */
import type { ErrorBody, LoginAnswer } from '../../../../typings/api'
import { ApiError } from '../../../../server/errors'
import { createCloudFunction } from '../../../../server/cloud/create-cloud-function'
import type { FunctionAnswer } from '../../../../server/cloud/create-cloud-function'
import { APPID, startTestBff } from '../../../support/bff'
import type { TestBff } from '../../../support/bff'

type Context = Record<string, string | number>

const ALICE = { OPENID: 'oFunction0000000000000alice', APPID, SOURCE: 'wx_client,scf' }
const BOB = { ...ALICE, OPENID: 'oFunction000000000000000bob' }

let bff: TestBff
beforeAll(async () => {
  bff = await startTestBff()
})
afterAll(() => bff.stop())

/** The platform's environment; a test changes it between two calls, as between two callers. */
let context: Context = ALICE
interface Answer<T> extends FunctionAnswer {
  data: T
}
async function call<T = ErrorBody>(event: unknown, who: Context = ALICE): Promise<Answer<T>> {
  context = who
  return (await main(event)) as Answer<T>
}
let main: ReturnType<typeof createCloudFunction>
beforeAll(() => {
  main = createCloudFunction(bff.app, { getWXContext: () => ({ ...context }) })
})

const login = (who: Context = ALICE, event: object = {}) =>
  call<LoginAnswer>({ path: '/v1/login', method: 'POST', data: {}, ...event }, who)
const refusalOf = ({ statusCode, data }: { statusCode: number; data: unknown }) => [
  statusCode,
  (data as ErrorBody).error.code,
]

it('logs in the person whom the platform names, and serves the routes behind the login', async () => {
  const { statusCode, header, data } = await login()
  expect(statusCode).toBe(200)
  expect(header).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-request-id': expect.stringMatching(/^[0-9a-f]{32}$/),
  })
  expect(data.user.openid).toBe(ALICE.OPENID)
  const token = { Authorization: `Bearer ${data.token}` }
  const me = await call({ path: '/v1/me', header: token })
  expect(me.data).toMatchObject({ id: data.user.id })
  const named = { path: '/v1/me', method: 'put', header: token, data: { nickname: '小红🌹' } }
  expect((await call(named)).data).toMatchObject({ nickname: '小红🌹' })
  const out = await call({ path: '/v1/logout', method: 'POST', header: token })
  expect([out.statusCode, out.data]).toEqual([204, ''])
  expect(refusalOf(await call({ path: '/v1/me', header: token }))).toEqual([401, 'SESSION_REVOKED'])
})

it("also logs in by code, and counts bad codes for the platform's caller address", async () => {
  const { data } = await login(BOB, { data: { code: await bff.newCode('carol') } })
  expect(data.user.openid).not.toBe(BOB.OPENID)
  let tried = 0
  const header = { 'X-Forwarded-For': '203.0.113.9' }
  const bad = (CLIENTIP: string) =>
    login({ ...ALICE, CLIENTIP }, { header, data: { code: `bad-${(tried += 1)}` } })
  for (let count = 0; count < 20; count += 1) await bad('198.51.100.7')
  expect(refusalOf(await bad('198.51.100.7'))).toEqual([429, 'RATE_LIMITED'])
  expect(refusalOf(await bad('198.51.100.8'))).toEqual([400, 'WX_CODE_INVALID'])
})

it('trusts no event: headers, userInfo and fields with a forged identity have no effect', async () => {
  const pretended = { openId: BOB.OPENID, appId: APPID, OPENID: BOB.OPENID }
  const header = {
    'X-WX-OPENID': BOB.OPENID,
    'x-wx-from-openid': BOB.OPENID,
    'X-WX-FROM-APPID': APPID,
    'X-WX-SOURCE': 'wx_client',
  }
  const forged = { header, userInfo: pretended, ...pretended, OPENID: BOB.OPENID }
  expect((await login(ALICE, forged)).data.user.openid).toBe(ALICE.OPENID)
  expect(refusalOf(await login({ ...ALICE, OPENID: '' }, forged))).toEqual([401, 'TOKEN_MISSING'])
  expect(refusalOf(await login({ SOURCE: 'wx_trigger' }, forged))).toEqual([401, 'TOKEN_MISSING'])
  // They don't even reach the app, which would log them.
  expect(JSON.stringify(bff.logger.lines)).not.toContain('X-WX-')
})

it('does not trust the headers even if TRUST_CLOUD_HEADERS is set', async () => {
  const trusting = await startTestBff({ TRUST_CLOUD_HEADERS: 'true' })
  const mainOfIt = createCloudFunction(trusting.app, { getWXContext: () => ({}) })
  const header = { 'X-WX-OPENID': BOB.OPENID, 'X-WX-APPID': APPID, 'X-WX-SOURCE': 'wx_client' }
  const answer = await mainOfIt({ path: '/v1/login', method: 'POST', header, data: {} })
  expect(refusalOf(answer)).toEqual([401, 'TOKEN_MISSING'])
  await trusting.stop()
})

it('keeps two people with concurrent calls separate', async () => {
  const people = Array.from({ length: 12 }, (_, n) => ({ ...ALICE, OPENID: `oOne${n}` }))
  const answers = await Promise.all(people.map((who) => login(who)))
  expect(answers.map(({ data }) => data.user.openid)).toEqual(people.map(({ OPENID }) => OPENID))
})

it('accepts all-digit ids as text without losing digits, and shared environments by FROM_*', async () => {
  expect((await login({ ...ALICE, OPENID: 1234567 })).data.user.openid).toBe('1234567')
  process.env['WX_OPENID'] = '0012345678901234567890'
  const long = { ...ALICE, OPENID: Number.parseInt('0012345678901234567890') }
  expect((await login(long)).data.user.openid).toBe('0012345678901234567890')
  delete process.env['WX_OPENID']
  // Digits that were lost identify nobody.
  expect(refusalOf(await login({ ...ALICE, OPENID: 1e27 }))).toEqual([400, 'INVALID_REQUEST'])
  const shared = { ...ALICE, APPID: 'wxOwner', FROM_OPENID: 'oSharer', FROM_APPID: APPID }
  expect((await login(shared)).data.user.openid).toBe('oSharer')
  expect(refusalOf(await login({ ...ALICE, APPID: 'wxOther' }))).toEqual([400, 'INVALID_REQUEST'])
})

it('reads the id of a caller before the next call changes the environment', async () => {
  const [first, second] = ['0012345678901234567891', '0012345678901234567890']
  const OPENID = Number.parseInt(first)
  const make = () => {
    process.env['WX_OPENID'] = second
    return Promise.resolve(bff.app)
  }
  const lazy = createCloudFunction(make, { getWXContext: () => ({ ...ALICE, OPENID }) })
  process.env['WX_OPENID'] = first
  const { data } = await lazy({ path: '/v1/login', method: 'POST', data: {} })
  delete process.env['WX_OPENID']
  expect(data).toMatchObject({ user: { openid: first } })
})

it.each<[string, unknown]>([
  ['undefined', undefined],
  ['a text', '/v1/me'],
  ['no path', { method: 'GET' }],
  ['a path without a slash', { path: 'v1/me' }],
  ['half a character', { path: '/v1/\ud800' }],
  ['a method that is none', { path: '/v1/me', method: 'CONNECT' }],
  ['a line break in a header', { path: '/v1/me', header: { a: 'b\r\nX-WX-OPENID: c' } }],
  ['a line break in a name', { path: '/v1/me', header: { 'a\r\nb': 'c' } }],
  ['a list as a header', { path: '/v1/me', header: { a: ['b'] } }],
  ['a number as data', { path: '/v1/me', method: 'PUT', data: 7 }],
])('answers INVALID_REQUEST to an event with %s', async (_what, event) => {
  const { statusCode, header, data } = await call(event)
  expect(refusalOf({ statusCode, data })).toEqual([400, 'INVALID_REQUEST'])
  expect(data.error.issues?.[0]?.path).toMatch(/^event/)
  expect(data.error.requestId).toBe(header['x-request-id'])
  expect(header['cache-control']).toBe('no-store')
})

it('keeps the request id of an event that it refuses', async () => {
  const { header } = await call({ path: 'v1/me', header: { 'X-Request-Id': 'my-request-1' } })
  expect(header['x-request-id']).toBe('my-request-1')
})

it.each<[string, object, unknown[]]>([
  ['an unknown path', { path: '/nowhere' }, [404, 'NOT_FOUND']],
  ['a line break in the path', { path: '/v1/me\r\nX-WX-OPENID: a' }, [404, 'NOT_FOUND']],
  ['a wrong method', { path: '/v1/me', method: 'PATCH', data: {} }, [405, 'METHOD_NOT_ALLOWED']],
  ['no token', { path: '/v1/me' }, [401, 'TOKEN_MISSING']],
  [
    'two tokens',
    { path: '/v1/me', header: { Authorization: 'Bearer a', authorization: 'Bearer b' } },
    [401, 'TOKEN_INVALID'],
  ],
  [
    'a body of 16 KiB and more',
    { path: '/v1/login', method: 'POST', data: { code: 'a'.repeat(17_000) } },
    [413, 'BODY_TOO_LARGE'],
  ],
  [
    'a form',
    { path: '/v1/login', method: 'POST', data: 'a=b', header: { 'Content-Type': 'text/plain' } },
    [415, 'UNSUPPORTED_MEDIA_TYPE'],
  ],
  [
    'headers of a connection',
    {
      path: '/v1/me',
      header: { Upgrade: 'websocket', Connection: 'upgrade', Expect: 'x', Host: '/' },
    },
    [401, 'TOKEN_MISSING'],
  ],
])('answers as over HTTP: %s', async (_what, event, refusal) => {
  expect(refusalOf(await call(event))).toEqual(refusal)
})

it('accepts data with every method: unused data does not change the answer', async () => {
  const { data } = await login({ ...ALICE, OPENID: 'oLeaving' })
  const header = { Authorization: `Bearer ${data.token}` }
  const me = { path: '/v1/me', header }
  expect((await call({ ...me, method: 'GET', data: 'x' })).statusCode).toBe(200)
  const options = await call({ ...me, method: 'OPTIONS', data: {} })
  expect(refusalOf(options)).toEqual([405, 'METHOD_NOT_ALLOWED'])
  expect((await call({ ...me, method: 'HEAD', data: 'x' })).statusCode).toBe(200)
  const deleted = await call({ ...me, method: 'DELETE', data: { sure: true } })
  expect([deleted.statusCode, deleted.data]).toEqual([204, ''])
})

it('appends the data of a GET to the path, and returns text as text', async () => {
  const openapi = await call<{ openapi: string }>({ path: '/openapi.json', data: {} })
  expect(openapi.data.openapi).toMatch(/^3\.1/)
  const asked = await call({ path: '/healthz', data: { a: '中 文', b: 1 } })
  expect([asked.statusCode, asked.data]).toEqual([200, { status: 'ok' }])
})

it('creates the app at the first call, and answers 503 while that fails', async () => {
  let isAway = true
  const make = jest.fn(() =>
    isAway
      ? Promise.reject(new ApiError('STORAGE_UNAVAILABLE', 'The database is away.'))
      : Promise.resolve(bff.app),
  )
  const lazy = createCloudFunction(make, { getWXContext: () => ALICE })
  expect(make).not.toHaveBeenCalled()
  const refused = await lazy({ path: '/healthz' })
  expect(refusalOf(refused)).toEqual([503, 'STORAGE_UNAVAILABLE'])
  expect(refused.header['retry-after']).toMatch(/^\d+$/)
  isAway = false
  expect((await lazy({ path: '/healthz' })).data).toEqual({ status: 'ok' })
})
