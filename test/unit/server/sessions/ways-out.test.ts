/** A removed device and a deleted account stay out, and what is under way goes with its session. */
import type { SessionsAnswer, User } from '../../../../typings/api'
import { startTestBff } from '../../../support/bff'
import type { TestBff } from '../../../support/bff'
import { openSocket, collect } from '../../../support/raw-http'
import { until } from '../../../support/until'

let bff: TestBff
beforeEach(async () => {
  bff = await startTestBff()
})
afterEach(() => bff.stop())

const tokenOf = async (user = 'alice') => (await bff.login(user)).body.token
const codeFor = async (token: string) => (await bff.get('/v1/me', token)).body.error.code
const remove = (path: string, token: string) =>
  bff.call<User>(path, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } })

it('says SESSION_ENDED to a device that was removed, and SESSION_REVOKED to one that logged out', async () => {
  const [mine, other] = [await tokenOf(), await tokenOf()]
  const { sessions } = (await bff.get<SessionsAnswer>('/v1/sessions', mine)).body
  const id = sessions.find(({ current }) => !current)?.id ?? ''
  expect((await remove(`/v1/sessions/${id}`, mine)).status).toBe(204)
  expect(await codeFor(other)).toBe('SESSION_ENDED')
  await bff.send('POST', '/v1/logout', {}, mine)
  expect(await codeFor(mine)).toBe('SESSION_REVOKED')
})

it('ends all but this one', async () => {
  const [mine, one, two, bob] = [
    await tokenOf(),
    await tokenOf(),
    await tokenOf(),
    await tokenOf('bob'),
  ]
  expect((await bff.send('POST', '/v1/sessions/end-others', {}, mine)).status).toBe(204)
  for (const token of [one, two]) expect(await codeFor(token)).toBe('SESSION_ENDED')
  for (const token of [mine, bob]) expect((await bff.get('/v1/me', token)).status).toBe(200)
})

it('says ACCOUNT_DELETED to every device of a deleted account', async () => {
  const [mine, other] = [await tokenOf(), await tokenOf()]
  expect((await remove('/v1/me', mine)).status).toBe(204)
  for (const token of [mine, other]) expect(await codeFor(token)).toBe('ACCOUNT_DELETED')
  expect((await bff.login()).body.isNew).toBe(true)
})

it('takes back the name, the picture and the phone number', async () => {
  const token = await tokenOf()
  await bff.send('PUT', '/v1/me', { nickname: '小红' }, token)
  const named = await bff.send<User>('PUT', '/v1/me', { nickname: null }, token)
  expect([named.status, named.body.nickname]).toEqual([200, null])
  for (const [path, field] of [
    ['/v1/me/phone', 'phone'],
    ['/v1/me/avatar', 'avatarUrl'],
  ] as const) {
    const { status, body } = await remove(path, token)
    expect([status, body[field]]).toEqual([200, null])
  }
})

it('changes nothing for a request that was opened before logout-all and finishes after it', async () => {
  const token = await tokenOf()
  const body = JSON.stringify({ nickname: 'too late' })
  const socket = openSocket(bff.url)
  const reply = collect(socket)
  socket.write(
    `PUT /v1/me HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
  )
  const sessionsNow = () => bff.rows('SELECT id FROM sessions').length
  await until(() => sessionsNow() === 1)
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect((await bff.send('POST', '/v1/logout-all', {}, token)).status).toBe(204)
  socket.write(body.slice(5))
  const { statuses, text } = await reply
  expect([statuses, text]).toEqual([[401], expect.stringContaining('SESSION_')])
  expect(bff.rows('SELECT nickname FROM users')).toEqual([{ nickname: null }])
})
