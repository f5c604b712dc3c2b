import { fetchToken } from '../../../../scripts/sandbox/wechat/tokens'
import { createWorld } from '../../../../scripts/sandbox/world/world'
import { MINI, NO_BODY, OFFICIAL, errcodeOf, secretOf, startClient } from './client'
import type { Client, Json } from './client'

let wechat: Client

beforeEach(async () => {
  wechat = await startClient()
})
afterEach(() => wechat.stop())

const credentials = { grant_type: 'client_credential', appid: MINI, secret: secretOf(MINI) }
const classic = async (): Promise<Json> => (await wechat.get('/cgi-bin/token', credentials)).json
const stable = async (more: Json = {}): Promise<Json> =>
  (await wechat.post('/cgi-bin/stable_token', {}, { ...credentials, ...more })).json

/** The errcode with which a token is refused; an unknown openid (40003) means it was accepted. */
const judge = async (answer: Json): Promise<unknown> => {
  const access_token = String(answer['access_token'])
  return errcodeOf(await wechat.get('/wxa/checksession', { access_token, openid: 'nobody' }))
}
const ACCEPTED = 40003

describe('/cgi-bin/token', () => {
  test('works by GET and by POST, as application/json', async () => {
    const reply = await wechat.get('/cgi-bin/token', credentials)
    expect(reply.type).toBe('application/json')
    expect(reply.json).toEqual({ access_token: expect.any(String), expires_in: 7200 })
    expect(String(reply.json['access_token'])).toMatch(/^\d\d_[\w-]{509}$/)
    const form = new URLSearchParams(credentials).toString()
    expect((await wechat.post('/cgi-bin/token', {}, form)).json['expires_in']).toBe(7200)
  })

  test('a new one ends the previous one five minutes later', async () => {
    const [first, second] = [await classic(), await classic()]
    await wechat.advance(299)
    expect([await judge(first), await judge(second)]).toEqual([ACCEPTED, ACCEPTED])
    await wechat.advance(2)
    expect([await judge(first), await judge(second)]).toEqual([40001, ACCEPTED])
  })

  test('is valid for two hours, then 42001', async () => {
    const token = await classic()
    await wechat.advance(7199)
    expect(await judge(token)).toBe(ACCEPTED)
    await wechat.advance(2)
    expect(await judge(token)).toBe(42001)
  })

  test('2000 per day', () => {
    const world = createWorld()
    const query = new URLSearchParams(credentials)
    const request = { method: 'GET', path: '/cgi-bin/token', query, ...NO_BODY }
    const call = () => fetchToken(world, request)
    for (let count = 0; count < 2000; count += 1) call()
    expect(call).toThrow('reach max api daily quota limit')
    world.clock.advance(24 * 3600)
    expect(call()).toHaveProperty('access_token')
  })

  test.each([
    [{ grant_type: 'x' }, 40002],
    [{ appid: '' }, 41002],
    [{ appid: 'wx0' }, 40013],
    [{ secret: '' }, 41004],
    [{ secret: 'x' }, 40125],
  ])('%j is refused', async (change, errcode) => {
    const reply = await wechat.get('/cgi-bin/token', { ...credentials, ...change })
    expect([reply.status, errcodeOf(reply)]).toEqual([200, errcode])
    expect(reply.json['errmsg']).toMatch(/^[^,]+ rid: [\da-f-]{26}$/)
  })
})

test.each([
  ['a form', String(new URLSearchParams(credentials))],
  ['JSON', JSON.stringify(credentials)],
])('the list of calls shows the caller, also for %s', async (_, body) => {
  expect((await wechat.post('/cgi-bin/token', {}, body)).json).toHaveProperty('access_token')
  const { calls } = await wechat.control('calls', undefined, 'GET')
  expect(calls).toMatchObject([{ appid: MINI, outcome: 'ok' }])
})

describe('/cgi-bin/stable_token', () => {
  test('returns the same token to all callers, with the remaining time', async () => {
    const first = await stable()
    await wechat.advance(600)
    const again = await stable()
    expect(again['access_token']).toBe(first['access_token'])
    expect(again['expires_in']).toBeGreaterThan(6590)
    expect(again['expires_in']).toBeLessThanOrEqual(6600)
  })

  test('is renewed within the last five minutes, and both are valid meanwhile', async () => {
    const first = await stable()
    await wechat.advance(7200 - 290)
    const renewed = await stable()
    expect(renewed['access_token']).not.toBe(first['access_token'])
    expect([await judge(first), await judge(renewed)]).toEqual([ACCEPTED, ACCEPTED])
    await wechat.advance(300)
    expect([await judge(first), await judge(renewed)]).toEqual([42001, ACCEPTED])
  })

  test('is independent of /cgi-bin/token, both ways', async () => {
    const [s, c] = [await stable(), await classic()]
    expect(s['access_token']).not.toBe(c['access_token'])
    await classic()
    await wechat.advance(400)
    expect([await judge(s), await judge(c)]).toEqual([ACCEPTED, 40001])
    const later = await classic()
    await stable({ force_refresh: true })
    expect(await judge(later)).toBe(ACCEPTED)
  })

  test('force_refresh ends the old one at once, at most every 30 s, 20 times a day', async () => {
    const first = await stable()
    const forced = await stable({ force_refresh: true })
    expect([await judge(first), await judge(forced)]).toEqual([40001, ACCEPTED])
    expect((await stable({ force_refresh: true }))['errcode']).toBe(45011)
    expect((await stable())['access_token']).toBe(forced['access_token'])
    for (let count = 1; count < 20; count += 1) {
      await wechat.advance(31)
      expect(await stable({ force_refresh: true })).toHaveProperty('access_token')
    }
    await wechat.advance(31)
    expect((await stable({ force_refresh: true }))['errcode']).toBe(45009)
    await wechat.advance(24 * 3600)
    expect(await stable({ force_refresh: true })).toHaveProperty('access_token')
  })

  test('POST only, JSON only', async () => {
    expect(errcodeOf(await wechat.get('/cgi-bin/stable_token', credentials))).toBe(43002)
    expect(errcodeOf(await wechat.post('/cgi-bin/stable_token', credentials, '{'))).toBe(47001)
    expect(errcodeOf(await wechat.post('/cgi-bin/stable_token', credentials, ''))).toBe(41002)
    expect((await stable({ force_refresh: 'yes' }))['errcode']).toBe(47001)
  })
})

test('each app has its own tokens', async () => {
  const own = await stable()
  const other = await stable({ appid: OFFICIAL, secret: secretOf(OFFICIAL) })
  expect(other['access_token']).not.toBe(own['access_token'])
})
