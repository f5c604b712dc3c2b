/**
 * POST /v1/login: its effects on disk and in the log, and WeChat failures; test/support/contract
 * has the rest.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { ErrorBody, LoginAnswer, User } from '../../../../typings/api'
import { APPID, startTestBff } from '../../../support/bff'
import type { TestBff } from '../../../support/bff'
import { until } from '../../../support/until'

let bff: TestBff
beforeEach(async () => {
  bff = await startTestBff()
})
afterEach(() => bff.stop())

const loginWith = (body: unknown) => bff.send('POST', '/v1/login', body)
const exchanges = () => bff.callsTo('/sns/jscode2session')

describe('a valid code', () => {
  it('becomes a user, a session and a row', async () => {
    const { status, body, headers } = await bff.login('alice')
    expect(status).toBe(200)
    expect(body).toMatchObject({
      isNew: true,
      user: { nickname: null, avatarUrl: null, gender: 0, phone: null },
    })
    expect(headers.get('cache-control')).toBe('no-store')
    expect(bff.rows('SELECT appid, openid, user_id FROM identities')).toEqual([
      { appid: APPID, openid: body.user.openid, user_id: body.user.id },
    ])
    expect(bff.rows('SELECT id FROM users')).toEqual([{ id: body.user.id }])
  })

  it('keeps the session_key encrypted, out of the answer and out of the log', async () => {
    const { body } = await bff.login('alice')
    const [row] = bff.rows<{ session_key_sealed: string }>('SELECT * FROM identities')
    expect(row?.session_key_sealed).toMatch(/^d1\.[A-Za-z0-9_-]{50,}$/)
    expect(JSON.stringify(body)).not.toMatch(/session_?key/i)
    expect(JSON.stringify(bff.logger.lines)).not.toMatch(/session_?key|secret|o[A-Za-z0-9_-]{27}/)
  })
})

describe('an invalid code', () => {
  it('is logged with the reason when it is refused, and without the code itself', async () => {
    await bff.send('POST', '/v1/login', { code: 'no-such-code' })
    const isTold = () =>
      bff.logger.lines.some(
        ({ route, status, code }) =>
          route === '/v1/login' && status === 400 && code === 'WX_CODE_INVALID',
      )
    await until(isTold)
    expect(JSON.stringify(bff.logger.lines)).not.toContain('no-such-code')
  })
})

describe('WeChat failures', () => {
  const faults: [object, string][] = [
    // The others are in test/support/contract/login-suite.ts.
    [{ mode: 'reset-after-headers' }, 'WX_UNAVAILABLE'],
    [{ mode: 'redirect' }, 'WX_UNAVAILABLE'],
    [{ mode: 'huge-body' }, 'WX_UNAVAILABLE'],
  ]
  it.each(faults)('%j answers %s, and never repeats the message of WeChat', async (fault, code) => {
    await bff.control('faults', { path: '/sns/jscode2session', times: 1, ...fault })
    const answer = await loginWith({ code: await bff.newCode() })
    expect(answer.body.error.code).toBe(code)
    if (answer.status === 503) expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(answer.body.error.message).not.toMatch(/rid|127\.0\.0\.1|sandbox/)
    expect(await exchanges()).toBe(1)
    expect((await bff.login()).status).toBe(200)
  })

  it('follows no redirect: its target receives nothing', async () => {
    await bff.control('faults', { path: '/sns/jscode2session', times: 1, mode: 'redirect' })
    await loginWith({ code: await bff.newCode() })
    expect(await bff.callsTo('/__sandbox/redirected')).toBe(0)
  })

  it.each(['hang', 'slow-body'])('a %s ends at the deadline', async (mode) => {
    await bff.stop()
    bff = await startTestBff({ WECHAT_TIMEOUT_MS: '300' })
    await bff.control('faults', { path: '/sns/jscode2session', times: 1, mode })
    const answer = loginWith({ code: await bff.newCode() })
    const first = await Promise.race([answer, delay(1500, 'still waiting')])
    expect(first).toMatchObject({ body: { error: { code: 'WX_UNAVAILABLE' } } })
  })
})

it('hides openid and unionid when told so', async () => {
  await bff.stop()
  bff = await startTestBff({ EXPOSE_OPENID: 'false' })
  const { body } = await bff.login()
  expect(body.user).toMatchObject({ openid: null, unionid: null })
  const me = await bff.get<User>('/v1/me', body.token)
  expect(me.body.openid).toBeNull()
  const { openid } = bff.rows<{ openid: string }>('SELECT openid FROM identities')[0]!
  const all = await bff.get('/v1/me/export', body.token)
  expect(all.status).toBe(200)
  expect(JSON.stringify(all.body)).not.toContain(openid)
})

const OTHER = 'wx5a6dbc0000000002'

function startWithTwoApps(): Promise<TestBff> {
  const app = (appid: string) => ({ appid, secret: `sandbox-secret-${appid}`, type: 'miniprogram' })
  return startTestBff({
    WECHAT_APPID: undefined,
    WECHAT_APPSECRET: undefined,
    WECHAT_APPS: JSON.stringify([app(APPID), app(OTHER)]),
  })
}

it('sends a code for one app only, whichever is named next', async () => {
  await bff.stop()
  bff = await startWithTwoApps()
  const code = await bff.newCode()
  const both = await Promise.all([APPID, OTHER].map((appid) => loginWith({ code, appid })))
  expect(both.map(({ body }) => (body as Partial<ErrorBody>).error?.code)).toContain(
    'WX_CODE_IN_FLIGHT',
  )
  expect((await loginWith({ code, appid: OTHER })).body.error.code).toBe('WX_CODE_USED')
  expect(await exchanges()).toBe(1)
})

it('uses the app that the body names', async () => {
  await bff.stop()
  bff = await startWithTwoApps()
  const code = await bff.newCode()
  expect((await loginWith({ code })).body.error.issues?.[0]?.path).toBe('appid')
  const answer = await bff.send<LoginAnswer>('POST', '/v1/login', { code, appid: APPID })
  expect(answer.status).toBe(200)
})

describe('a silent login that renews a session', () => {
  const renew = async (token: string) =>
    bff.call<ErrorBody & LoginAnswer>('/v1/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'renewed-token': token },
      body: JSON.stringify({ code: await bff.newCode() }),
    })

  it('is refused after the person ended the session elsewhere; a login by a tap is not', async () => {
    const [phone, other] = [(await bff.login()).body.token, (await bff.login()).body.token]
    await bff.send('POST', '/v1/sessions/end-others', {}, other)
    const asked = await exchanges()
    const refused = await renew(phone)
    expect([refused.status, refused.body.error.code]).toEqual([401, 'SESSION_ENDED'])
    expect(await exchanges()).toBe(asked)
    expect((await renew(other)).status).toBe(200)
    expect((await bff.login()).status).toBe(200)
  })

  it('is refused after the account was deleted, and creates no new one', async () => {
    const { token } = (await bff.login()).body
    const other = (await bff.login()).body.token
    await bff.send('DELETE', '/v1/me', undefined, other)
    const refused = await renew(token)
    expect([refused.status, refused.body.error.code]).toEqual([401, 'ACCOUNT_DELETED'])
    expect(bff.rows('SELECT id FROM users')).toEqual([])
  })

  it('is not refused for a token that is unknown, or of a session that ended otherwise', async () => {
    const { token } = (await bff.login()).body
    await bff.send('POST', '/v1/logout', undefined, token)
    for (const old of [token, 'no-token']) expect((await renew(old)).status).toBe(200)
  })
})
