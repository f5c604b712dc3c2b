import { MINI, OFFICIAL, errcodeOf, secretOf, startClient } from './client'
import type { Client } from './client'

let wechat: Client

beforeEach(async () => {
  wechat = await startClient()
})
afterEach(() => wechat.stop())

test('a code yields openid, session_key and unionid, without errcode and errmsg', async () => {
  const reply = await wechat.exchange(await wechat.loginCode('alice'))
  expect(reply.status).toBe(200)
  expect(reply.type).toBe('text/plain')
  expect(Object.keys(reply.json).sort()).toEqual(['openid', 'session_key', 'unionid'])
  expect(reply.json['openid']).toMatch(/^o[\w-]{27}$/)
  expect(reply.json['unionid']).toMatch(/^o[\w-]{27}$/)
  expect(Buffer.from(String(reply.json['session_key']), 'base64')).toHaveLength(16)
})

test('a code works once; a second use answers 40163 with a comma before the rid', async () => {
  const code = await wechat.loginCode('alice')
  await wechat.exchange(code)
  const reply = await wechat.exchange(code)
  expect(reply.status).toBe(200)
  expect(reply.type).toBe('text/plain')
  const text = String(reply.json['errmsg'])
  expect(text).toMatch(/^code been used, rid: [\da-f]{8}-[\da-f]{8}-[\da-f]{8}$/)
  const ridSeconds = parseInt(text.slice(-26, -18), 16)
  expect(Math.abs(ridSeconds - Date.now() / 1000)).toBeLessThan(60)
})

test('exactly one of many simultaneous uses succeeds', async () => {
  const code = await wechat.loginCode('alice')
  const replies = await Promise.all(Array.from({ length: 20 }, () => wechat.exchange(code)))
  expect(replies.filter((reply) => 'openid' in reply.json)).toHaveLength(1)
  expect(replies.filter((reply) => errcodeOf(reply) === 40163)).toHaveLength(19)
})

test('a code is valid for five minutes, or for its configured time', async () => {
  const [early, late] = [await wechat.loginCode('alice'), await wechat.loginCode('alice')]
  const short = await wechat.loginCode('alice', MINI, { ttlSeconds: 10 })
  await wechat.advance(11)
  expect(errcodeOf(await wechat.exchange(short))).toBe(40029)
  await wechat.advance(284)
  expect((await wechat.exchange(early)).json).toHaveProperty('openid')
  await wechat.advance(10)
  expect(errcodeOf(await wechat.exchange(late))).toBe(40029)
})

test.each([
  ['no appid', { appid: '' }, 41002],
  ['no secret', { secret: '' }, 41004],
  ['no code', { js_code: '' }, 41008],
  ['another appid', { appid: 'wx0000000000000000' }, 40013],
  ['another secret', { secret: 'wrong' }, 40125],
  ['another grant_type', { grant_type: 'client_credential' }, 40002],
  ['an unknown code', { js_code: 'unknown' }, 40029],
])('%s', async (_, change, errcode) => {
  const reply = await wechat.exchange(await wechat.loginCode('alice'), change)
  expect([reply.status, errcodeOf(reply)]).toEqual([200, errcode])
})

test('parameters in a POST body count as missing', async () => {
  const body = new URLSearchParams({ appid: MINI, secret: secretOf(MINI), js_code: 'x' })
  const reply = await wechat.post('/sns/jscode2session', {}, body.toString())
  expect(errcodeOf(reply)).toBe(41002)
})

test('a wrong secret does not spend a code; a wrong app does', async () => {
  const code = await wechat.loginCode('alice')
  await wechat.exchange(code, { secret: 'wrong' })
  const asOther = { appid: OFFICIAL, secret: secretOf(OFFICIAL) }
  expect(errcodeOf(await wechat.exchange(code, asOther))).toBe(40029)
  expect(errcodeOf(await wechat.exchange(code))).toBe(40163)
})

test('phone codes and login codes are not interchangeable', async () => {
  const { code } = await wechat.control('phone-code', { appid: MINI, user: 'alice' })
  expect(errcodeOf(await wechat.exchange(String(code)))).toBe(40029)
})

test('the openid depends on the app, the unionid on the open-platform account, both on the name', async () => {
  const first = (await wechat.exchange(await wechat.loginCode('alice'))).json
  const again = (await wechat.exchange(await wechat.loginCode('alice'))).json
  const bob = (await wechat.exchange(await wechat.loginCode('bob'))).json
  const asOther = { appid: OFFICIAL, secret: secretOf(OFFICIAL) }
  const official = (await wechat.exchange(await wechat.loginCode('alice', OFFICIAL), asOther)).json
  expect(again['openid']).toBe(first['openid'])
  expect(bob['openid']).not.toBe(first['openid'])
  expect(String(bob['openid']).slice(0, 6)).toBe(String(first['openid']).slice(0, 6))
  expect(official['openid']).not.toBe(first['openid'])
  expect(official['unionid']).toBe(first['unionid'])
  expect(bob['unionid']).not.toBe(first['unionid'])
})

test('a hundred exchanges per person and minute, then 45011 until the minute is over', async () => {
  const exchangeNew = async (user: string) => wechat.exchange(await wechat.loginCode(user))
  for (let count = 0; count < 100; count += 1) {
    expect((await exchangeNew('alice')).json).toHaveProperty('openid')
  }
  expect(errcodeOf(await exchangeNew('alice'))).toBe(45011)
  expect((await exchangeNew('bob')).json).toHaveProperty('openid')
  await wechat.advance(60)
  expect((await exchangeNew('alice')).json).toHaveProperty('openid')
})

test('the mock code of DevTools always yields the same person', async () => {
  const first = (await wechat.exchange('the code is a mock one')).json
  const again = (await wechat.exchange('the code is a mock one')).json
  expect(first).toHaveProperty('openid')
  expect(again).toEqual(first)
})

test('calls are listed with the hash of their code, never the code or the secret', async () => {
  const code = await wechat.loginCode('alice')
  await wechat.exchange(code)
  await wechat.exchange(code)
  const { calls, counts } = await wechat.control('calls', undefined, 'GET')
  expect(counts).toEqual({ '/sns/jscode2session': 2 })
  expect(calls).toMatchObject([
    { path: '/sns/jscode2session', appid: MINI, outcome: 'ok' },
    { path: '/sns/jscode2session', appid: MINI, outcome: 'errcode 40163' },
  ])
  const [first, second] = calls as { codeHash: string; at: string }[]
  expect(first!.codeHash).toMatch(/^[\da-f]{64}$/)
  expect(second!.codeHash).toBe(first!.codeHash)
  expect(new Date(first!.at).toISOString()).toBe(first!.at)
  expect(JSON.stringify(calls)).not.toContain(code)
  expect(JSON.stringify(calls)).not.toContain('sandbox-secret')
})
