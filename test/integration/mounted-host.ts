/**
 * A service that embeds the BFF, for mount.test.ts: `node --import tsx mounted-host.ts`. Its hook
 * reports that it was called, and answers after MEMBER_AFTER_MS.
 */
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import express from 'express'
import { createBff } from '../../server/bff'
import { parseConfig } from '../../server/config'
import { createHttpServer } from '../../server/http/server'
import { createLogger } from '../../server/logger'
import { openStore } from '../../server/store/open-store'
import { createWechat } from '../../server/wechat/wechat'

async function run(): Promise<void> {
  const config = parseConfig(process.env)
  const logger = createLogger('fatal')
  const { store } = await openStore(config.databaseUrl, { storages: [], warn: () => undefined })
  const wechat = createWechat({ baseUrl: config.wechatApiBase, timeoutMs: 3000 })
  const bff = createBff({
    ...{ config, store, wechat, logger },
    hooks: {
      async resolveUser() {
        process.send?.('asked')
        await delay(Number(process.env['MEMBER_AFTER_MS']))
        return 'member-1'
      },
      onLogin: () => void process.send?.('stored'),
    },
  })
  const app = express().use('/auth', bff.app)
  app.get('/own', bff.requireUser, (req, res) => void res.json({ id: req.auth?.user.id }))
  const server = createHttpServer(app).listen(0, '127.0.0.1', () => {
    process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  })
}

void run()
