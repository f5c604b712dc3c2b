/** WeChat as the rest of the server sees it: questions about people, answers judged. */
import type { WechatApp } from '../config'
import { processCode2SessionResponse, requestCode2Session } from './code2session'
import type { WechatIdentity } from './code2session'
import { createTransport, TransportError } from './transport'
import { wechatUnavailable } from './wechat-error'

export type { WechatIdentity } from './code2session'

export interface Wechat {
  /**
   * Spends the code, whatever comes back; never sends it twice.
   * @throws WechatError
   */
  exchangeCode(app: WechatApp, code: string): Promise<WechatIdentity>
  close(): Promise<void>
}

const FAILURE_TEXT = {
  timeout: 'it did not answer in time',
  network: 'the connection failed',
  'too-large': 'its answer is too large',
} as const

export function createWechat(options: { baseUrl: string; timeoutMs: number }): Wechat {
  const transport = createTransport(options.baseUrl, options.timeoutMs)

  return {
    async exchangeCode(app, code) {
      try {
        return processCode2SessionResponse(await requestCode2Session(transport, app, code))
      } catch (error) {
        if (error instanceof TransportError) throw wechatUnavailable(FAILURE_TEXT[error.reason])
        throw error
      }
    },
    close: () => transport.close(),
  }
}
