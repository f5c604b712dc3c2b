/** Devices and the ways out, over real HTTP. */
import type { SessionCheckAnswer, SessionsAnswer } from '../../../../typings/api'
import { APPID, startTestBff } from '../../../support/bff'
import type { TestBff } from '../../../support/bff'

let bff: TestBff
beforeEach(async () => {
  bff = await startTestBff()
})
afterEach(() => bff.stop())

const tokenOf = async (user = 'alice') => (await bff.login(user)).body.token
const list = async (token: string) =>
  (await bff.get<SessionsAnswer>('/v1/sessions', token)).body.sessions
const remove = (id: string, token: string) =>
  bff.call(`/v1/sessions/${id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${token}` },
  })

it('lists the live sessions of this user, the newest first, and marks the current one', async () => {
  const first = await tokenOf()
  const code = await bff.newCode()
  const agent =
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) MicroMessenger/8.0.50 NetType/WIFI'
  await bff.call('/v1/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': agent },
    body: JSON.stringify({ code }),
  })
  await tokenOf('bob')
  const sessions = await list(first)
  expect(sessions.map(({ device, current }) => [device, current])).toEqual([
    ['iPhone · 微信 8.0.50', false],
    [expect.any(String), true],
  ])
})

it('ends one device, and answers 404 for a session of somebody else', async () => {
  const alice = await tokenOf()
  const phone = await tokenOf()
  const bob = await tokenOf('bob')
  const other = (await list(alice)).find(({ current }) => !current)!
  expect((await remove(other.id, bob)).status).toBe(404)
  expect((await bff.get('/v1/me', phone)).status).toBe(200)
  expect((await remove(other.id, alice)).status).toBe(204)
  expect((await bff.get('/v1/me', phone)).body.error.code).toBe('SESSION_ENDED')
  expect((await remove(other.id, alice)).status).toBe(404)
  expect((await remove('no-such-session', alice)).status).toBe(404)
})

it('logout-all ends every session of this user and none of another', async () => {
  const [one, two, bob] = [await tokenOf(), await tokenOf(), await tokenOf('bob')]
  expect((await bff.send('POST', '/v1/logout-all', {}, one)).status).toBe(204)
  for (const token of [one, two]) expect((await bff.get('/v1/me', token)).status).toBe(401)
  expect((await bff.get('/v1/me', bob)).status).toBe(200)
})

it('asks WeChat whether the session_key is still valid', async () => {
  const token = await tokenOf()
  const check = async () => (await bff.get<SessionCheckAnswer>('/v1/session/check', token)).body
  expect(await check()).toEqual({ sessionKeyValid: true })
  await bff.control('users/alice/expire-session')
  expect(await check()).toEqual({ sessionKeyValid: false })
  await bff.control('faults', { path: '/wxa/checksession', mode: 'errcode', errcode: -1 })
  expect((await bff.get('/v1/session/check', token)).body.error.code).toBe('WX_UNAVAILABLE')
})

it('fetches one access token for many, and once more when WeChat refuses it', async () => {
  const token = await tokenOf()
  const calls = async (path: string) => {
    const answer = await fetch(`${bff.sandboxUrl}/__sandbox/calls`)
    return ((await answer.json()) as { counts: Record<string, number> }).counts[path] ?? 0
  }
  const check = () => bff.get<SessionCheckAnswer>('/v1/session/check', token)
  const answers = await Promise.all(Array.from({ length: 8 }, check))
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  expect(await calls('/cgi-bin/stable_token')).toBe(1)
  await bff.control('faults', {
    path: '/wxa/checksession',
    mode: 'errcode',
    errcode: 42001,
    times: 1,
  })
  expect((await check()).body).toEqual({ sessionKeyValid: true })
  expect(await calls('/cgi-bin/stable_token')).toBe(2)
})

it('tells an old key from a forgery: the key died at WeChat', async () => {
  const token = await tokenOf()
  await bff.control('users/alice/expire-session')
  const data = await bff.control<object>('open-data', {
    appid: APPID,
    user: 'alice',
    kind: 'profile',
  })
  const answer = await bff.send('POST', '/v1/me/wechat-profile', data, token)
  expect([answer.status, answer.body.error.code]).toEqual([409, 'SESSION_KEY_STALE'])
})
