/**
 * Exchanges a code with WeChat. The order is the point: a code is never spent when its login can't be
 * stored, and never sent twice.
 */
import type { WechatApp } from '../config'
import { invalidRequest } from '../errors'
import { reserveOnce } from '../spent-codes'
import type { SpentCodes } from '../spent-codes'
import type { Store } from '../store/store'
import type { Wechat, WechatIdentity } from '../wechat/wechat'
import { NotSentError } from '../wechat/wechat-error'
import type { FailedCodes } from './failed-codes'

export interface CodeRequest {
  code: string
  /** May be left out with one mini-program. */
  appid?: string | undefined
  /** The client's address, by which failed codes are counted: see http/client-address.ts. */
  addressBlock: string
}

export interface Exchanged extends WechatIdentity {
  appid: string
}

/** @throws ApiError as the contract's table says. */
export type ExchangeCode = (request: CodeRequest) => Promise<Exchanged>

export interface ExchangeDeps {
  apps: readonly WechatApp[]
  store: Pick<Store, 'assertWritable'>
  wechat: Pick<Wechat, 'exchangeCode'>
  spentCodes: SpentCodes
  failedCodes: FailedCodes
}

function pickApp(apps: readonly WechatApp[], appid: string | undefined): WechatApp {
  const miniPrograms = apps.filter((app) => app.type === 'miniprogram')
  const [only] = miniPrograms
  if (appid === undefined) {
    if (only !== undefined && miniPrograms.length === 1) return only
    throw invalidRequest('appid', 'is needed, since this service serves several apps')
  }
  const app = miniPrograms.find((candidate) => candidate.appid === appid)
  if (app === undefined) throw invalidRequest('appid', 'is none of the apps of this service')
  return app
}

export function createExchangeCode(deps: ExchangeDeps): ExchangeCode {
  const { apps, store, wechat, spentCodes, failedCodes } = deps

  /** The code is spent when it was sent, whatever came back; free again when it never left. */
  async function sendOnce(app: WechatApp, code: string): Promise<Exchanged> {
    await store.assertWritable()
    await reserveOnce(spentCodes, 'login', code)
    let wasSent = true
    try {
      const identity = await wechat.exchangeCode(app, code)
      return { ...identity, appid: app.appid }
    } catch (error) {
      wasSent = !(error instanceof NotSentError)
      throw error
    } finally {
      await (wasSent ? spentCodes.markSpent('login', code) : spentCodes.release('login', code))
    }
  }

  return async ({ code, appid, addressBlock }) => {
    const app = pickApp(apps, appid)
    return failedCodes.run(addressBlock, () => sendOnce(app, code))
  }
}
