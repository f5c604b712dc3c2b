/** What is under way goes with its session. */
import { startTestBff } from '../../../support/bff'
import type { TestBff } from '../../../support/bff'
import { openSocket, collect } from '../../../support/raw-http'
import { until } from '../../../support/until'

let bff: TestBff
beforeEach(async () => {
  bff = await startTestBff()
})
afterEach(() => bff.stop())

it('changes nothing for a request that was opened before logout-all and finishes after it', async () => {
  const { token } = (await bff.login()).body
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
