/** A request in flight loses its effect when its session ends. */
import { startTestBff } from '../../../support/bff'
import type { TestBff } from '../../../support/bff'
import { openSocket, collect } from '../../../support/raw-http'

let bff: TestBff
beforeEach(async () => {
  bff = await startTestBff()
})
afterEach(() => bff.stop())

/** Opens a change of the profile, and sends the end of its body after `meanwhile`. */
async function change(token: string, nickname: string, meanwhile: () => Promise<unknown>) {
  const body = JSON.stringify({ nickname })
  const socket = openSocket(bff.url)
  const reply = collect(socket)
  socket.write(
    `PUT /v1/me HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
  )
  await new Promise((resolve) => setTimeout(resolve, 200))
  await meanwhile()
  socket.write(body.slice(5))
  return reply
}

it.each(['too late', 'as it is'])(
  'changes nothing for a request that began before logout-all and finishes after it: %s',
  async (nickname) => {
    const { token } = (await bff.login()).body
    await bff.send('PUT', '/v1/me', { nickname: 'as it is' }, token)
    const { statuses, text } = await change(token, nickname, async () => {
      expect((await bff.send('POST', '/v1/logout-all', {}, token)).status).toBe(204)
    })
    expect([statuses, text]).toEqual([[401], expect.stringContaining('SESSION_')])
    expect(bff.rows('SELECT nickname FROM users')).toEqual([{ nickname: 'as it is' }])
  },
)

it('stores a nickname equal to the earlier one, if another request changed it meanwhile', async () => {
  const { token } = (await bff.login()).body
  await bff.send('PUT', '/v1/me', { nickname: 'before' }, token)
  const { statuses } = await change(token, 'before', () =>
    bff.send('PUT', '/v1/me', { nickname: 'meanwhile' }, token),
  )
  expect([statuses, bff.rows('SELECT nickname FROM users')]).toEqual([
    [200],
    [{ nickname: 'before' }],
  ])
})

const DAY_MS = 24 * 3_600_000
const remove = (path: string, token: string) =>
  bff.call(path, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } })
const refusalOf = async (token: string) => {
  const { status, body } = await bff.get('/v1/me', token)
  return [status, body.error.code]
}

it('answers ACCOUNT_DELETED to a session that was displaced by 20 others before', async () => {
  const { token: first } = (await bff.login()).body
  let last = ''
  for (let n = 0; n < 20; n++) last = (await bff.login()).body.token
  expect(await refusalOf(first)).toEqual([401, 'SESSION_REVOKED'])
  expect((await remove('/v1/me', last)).status).toBe(204)
  expect(await refusalOf(first)).toEqual([401, 'ACCOUNT_DELETED'])
})

it('gives the reason for the end of a session even if its token has expired since', async () => {
  const { token: old } = (await bff.login()).body
  const { token: unknown } = (await bff.login('bob')).body
  bff.clock.offsetMs = 20 * DAY_MS
  const { token } = (await bff.login()).body
  expect((await bff.send('POST', '/v1/sessions/end-others', {}, token)).status).toBe(204)
  const { token: deleting } = (await bff.login('carol')).body
  expect((await remove('/v1/me', deleting)).status).toBe(204)
  const { token: ended } = (await bff.login()).body
  expect((await bff.send('POST', '/v1/sessions/end-others', {}, token)).status).toBe(204)
  bff.clock.offsetMs = 49 * DAY_MS
  // Its session was idle for too long, and the previous login removed it.
  expect(await refusalOf(old)).toEqual([401, 'TOKEN_EXPIRED'])
  expect(await refusalOf(unknown)).toEqual([401, 'TOKEN_EXPIRED'])
  bff.clock.offsetMs = 50 * DAY_MS
  expect(await refusalOf(ended)).toEqual([401, 'SESSION_ENDED'])
  expect(await refusalOf(deleting)).toEqual([401, 'ACCOUNT_DELETED'])
})
