/**
 * Refused notices over HTTP: the answer to WeChat or to an attacker, and the connection afterwards.
 */
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createOpenapi } from '../../../../server/http/openapi'
import { createRouter } from '../../../../server/http/router'
import { createHttpServer } from '../../../../server/http/server'
import { createNoticeRoutes } from '../../../../server/pay/notice-routes'
import { storageUnavailable } from '../../../../server/errors'
import { collect, openSocket } from '../../../support/raw-http'
import { recordingLogger } from '../../../support/recording-logger'
import { until } from '../../../support/until'

const logger = recordingLogger()
const away = () => Promise.reject(storageUnavailable(null))
const routes = createNoticeRoutes({ acceptPayment: away, acceptRefund: away }, logger)

interface Document {
  paths: Record<string, { post: { responses: Record<string, { content?: object }> } }>
}

let server: Server
let url: string
beforeAll(async () => {
  const app = createRouter({
    routes,
    authenticate: () => Promise.reject(new Error('nobody is asked for a token here')),
    before: [],
    logger,
    trustProxy: 0,
    isStopping: () => false,
  })
  server = createHttpServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
})

it('openapi.json documents the refusals in the format that WeChat reads', () => {
  const document = JSON.parse(JSON.stringify(createOpenapi(routes))) as Document
  const { responses } = document.paths['/v1/pay/notify']!.post
  const ofWeChat = Object.entries(responses).filter(([, { content }]) =>
    JSON.stringify(content ?? {}).includes('"const":"FAIL"'),
  )
  expect(ofWeChat.map(([status]) => status)).toEqual(['400', '401', '413', '503'])
})

it('says when to repeat while the storage is down', async () => {
  const answer = await fetch(`${url}/v1/pay/notify`, { method: 'POST', body: '{}' })
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, expect.any(String)])
  expect(await answer.json()).toMatchObject({ code: 'FAIL' })
})

it('refuses a body that is too large and never ends, and closes the connection', async () => {
  const socket = openSocket(url)
  const reply = collect(socket)
  socket.write('POST /v1/pay/notify HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
  const chunk = `8000\r\n${'x'.repeat(0x8000)}\r\n`
  const sending = setInterval(() => socket.write(chunk), 20)
  const { statuses, text } = await reply
  clearInterval(sending)
  expect(statuses).toEqual([413])
  expect(text).toContain('"code":"FAIL"')
})

it('does not report a body that was cut off as a bug', async () => {
  const socket = openSocket(url)
  socket.write('POST /v1/pay/notify HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{')
  await once(socket, 'connect')
  setTimeout(() => socket.destroy(), 200)
  await until(() => logger.lines.some(({ outcome }) => outcome === 'aborted'))
  expect(logger.lines.filter(({ alert }) => alert === true)).toEqual([])
})
