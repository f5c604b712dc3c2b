/** What is under way goes with its session. */
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
  'changes nothing for a request that was opened before logout-all and finishes after it: %s',
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

it('stores the nickname of before, when another request changed it meanwhile', async () => {
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
