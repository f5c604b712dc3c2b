/** Notices over HTTP that are refused: what WeChat, or whoever it is, reads then. */
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRouter } from '../../../../server/http/router'
import { createHttpServer } from '../../../../server/http/server'
import { createNoticeRoutes } from '../../../../server/pay/notice-routes'
import { storageUnavailable } from '../../../../server/store/storage-unavailable'
import { recordingLogger } from '../../../support/recording-logger'

const logger = recordingLogger()
const away = () => Promise.reject(storageUnavailable(null))
let server: Server
let url: string
beforeAll(async () => {
  const app = createRouter({
    routes: createNoticeRoutes({ acceptPayment: away, acceptRefund: away }, logger),
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

it('says when to come again while the storage is away', async () => {
  const answer = await fetch(`${url}/v1/pay/notify`, { method: 'POST', body: '{}' })
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, expect.any(String)])
  expect(await answer.json()).toMatchObject({ code: 'FAIL' })
})
