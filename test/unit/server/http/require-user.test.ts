/** A middleware for the routes of an embedding service. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { createBff } from '../../../../server/bff'
import { parseConfig } from '../../../../server/config'
import { createWechat } from '../../../../server/wechat/wechat'
import { recordingLogger } from '../../../support/recording-logger'
import { openTempStore } from '../../../support/sqlite-store'

it('answers SHUTTING_DOWN once the BFF is closed, and reports no bug', async () => {
  const logger = recordingLogger()
  const config = parseConfig({
    WECHAT_APPID: 'wx5a6dbc0000000001',
    WECHAT_APPSECRET: 'sandbox-secret-wx5a6dbc0000000001',
    JWT_SECRETS: 't1:Xk3vN8qLw2ZrT7yB5mHc9PdFgJsAe4Uo',
    DATA_KEYS: `d1:${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`,
  })
  const wechat = createWechat({ baseUrl: 'http://127.0.0.1:9', timeoutMs: 3000 })
  const store = openTempStore()
  const bff = createBff({ config, store, wechat, logger })
  const server = express().get('/own', bff.requireUser).listen(0, '127.0.0.1')
  await once(server, 'listening')
  await bff.close()
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/own`
  const { status, headers } = await fetch(url, { headers: { authorization: 'Bearer a.b.c' } })
  expect([status, headers.get('connection'), headers.get('retry-after')]).toEqual([
    503,
    'close',
    '1',
  ])
  expect(logger.lines.filter(({ alert }) => alert)).toEqual([])
  server.close()
})
