/** A client that does not read its answer within 30 s loses its connection; one that reads keeps it. */
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import express from 'express'
import { createHttpServer } from '../../../../server/http/server'
import { openSocket } from '../../../support/raw-http'
import { until } from '../../../support/until'

const READ_WITHIN_MS = 30_000
/** More than the buffers of both sockets hold, so that the answer waits for its reader. */
const LARGE = Buffer.alloc(64 * 1024 * 1024)
const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

let server: Server
let url: string
/** Answers whose last byte was given to Node. */
let written = 0
beforeAll(async () => {
  const app = express()
  app.get('/', (_req, res) => {
    res.on('prefinish', () => (written += 1)).end(LARGE)
  })
  server = createHttpServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
beforeEach(() => {
  written = 0
  // Only the time limit is faked; Node's HTTP and `until` have timers of their own.
  jest.useFakeTimers({
    doNotFake: ['Date', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate'],
  })
})
afterEach(() => jest.useRealTimers())
afterAll(() => {
  server.close()
  server.closeAllConnections()
})

/** @returns both ends of a connection whose client has sent a request, and reads nothing. */
async function ask(): Promise<{ client: Socket; atServer: Socket }> {
  const client = openSocket(url).pause()
  const [atServer] = (await once(server, 'connection')) as [Socket]
  client.write(REQUEST)
  await until(() => written === 1)
  return { client, atServer }
}

it('closes a connection 30 s after an answer that its client does not read', async () => {
  const { client, atServer } = await ask()
  jest.advanceTimersByTime(READ_WITHIN_MS - 1)
  expect(atServer.destroyed).toBe(false)
  jest.advanceTimersByTime(1)
  expect(atServer.destroyed).toBe(true)
  client.destroy()
})

it('also closes it when the client reads too slowly', async () => {
  const { client, atServer } = await ask()
  let received = 0
  client
    .on('data', ({ length }: Buffer) => {
      received += length
      client.pause()
    })
    .resume()
  await until(() => received > 0)
  jest.advanceTimersByTime(READ_WITHIN_MS)
  expect(atServer.destroyed).toBe(true)
  expect(received).toBeLessThan(LARGE.length)
  client.destroy()
})

it('keeps the connection of a client that has read its answer, and answers its next request', async () => {
  const { client, atServer } = await ask()
  let received = 0
  client.on('data', ({ length }: Buffer) => (received += length)).resume()
  await until(() => received > LARGE.length)
  await until(() => jest.getTimerCount() === 0)
  jest.advanceTimersByTime(2 * READ_WITHIN_MS)
  expect(atServer.destroyed).toBe(false)
  client.write(REQUEST)
  await until(() => received > 2 * LARGE.length)
  client.destroy()
})
