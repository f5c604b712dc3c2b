/** WeChat as the rest of the server sees it: questions about people, answers judged. */
import type { WechatApp } from '../config'
import { createAccessTokens, createMemoryShelf } from './access-token'
import type { TokenShelf } from './access-token'
import { createSend, REQUEST_BUDGET_MS } from './call'
import type { CallObserver, WechatSend } from './call'
import { processCheckSessionResponse, requestCheckSession } from './check-session'
import { processCode2SessionResponse, requestCode2Session } from './code2session'
import type { WechatIdentity } from './code2session'
import { processContentCheckResponse, requestContentCheck } from './content-check'
import type { ContentVerdict } from './content-check'
import { createGuard } from './guard'
import type { BreakerState } from './guard'
import { processPhoneNumberResponse, requestPhoneNumber } from './phone-number'
import type { PhoneNumber } from './phone-number'
import { createTransport } from './transport'

export type { WechatIdentity } from './code2session'
export type { PhoneNumber } from './phone-number'

/** Half of what a request has: whoever waited this long for a turn still has time for the call. */
const LONGEST_WAIT_MS = REQUEST_BUDGET_MS / 2

/** Every method rejects with WechatError; `exchangeCode` also with NotSentError. */
export interface Wechat {
  /**
   * Spends the code, whatever comes back, unless it rejects with NotSentError; never sends it twice.
   * @param admitAgain asked before a call that had to wait leaves: rejects with NotSentError.
   */
  exchangeCode(
    app: WechatApp,
    code: string,
    admitAgain?: () => Promise<void>,
  ): Promise<WechatIdentity>
  checkSession(app: WechatApp, openid: string, sessionKey: string): Promise<boolean>
  /** @param onSend called when the code leaves: from then on it is spent, whatever comes back. */
  getPhoneNumber(
    app: WechatApp,
    code: string,
    openid: string,
    onSend: () => void,
  ): Promise<PhoneNumber>
  checkNickname(app: WechatApp, openid: string, nickname: string): Promise<ContentVerdict>
  breakerState(): BreakerState
  close(): Promise<void>
}

export interface WechatOptions {
  /** An origin. */
  baseUrl: string
  /** Deadline of one call, from its start to its answer's last byte. */
  timeoutMs: number
  /** Where access tokens are kept; in this process by default. */
  shelf?: TokenShelf
  observe?: CallObserver
  now?: () => number
}

export function createWechat(options: WechatOptions): Wechat {
  const { baseUrl, timeoutMs, observe = () => undefined, now = Date.now } = options
  const transport = createTransport(baseUrl)
  const tokens = createAccessTokens(options.shelf ?? createMemoryShelf(), now)
  const guard = createGuard(Math.min(timeoutMs, LONGEST_WAIT_MS))
  const newSend = (): WechatSend => createSend(transport, timeoutMs, observe)

  return {
    exchangeCode(app, code, admitAgain) {
      const send = newSend()
      const exchange = () => requestCode2Session(send, app, code).then(processCode2SessionResponse)
      return guard.run(exchange, admitAgain)
    },

    checkSession(app, openid, sessionKey) {
      const send = newSend()
      return tokens.withToken(send, app, async (token) =>
        processCheckSessionResponse(await requestCheckSession(send, token, openid, sessionKey)),
      )
    },

    getPhoneNumber(app, code, openid, onSend) {
      const send = newSend()
      return tokens.withToken(send, app, async (token) => {
        onSend()
        const answer = await requestPhoneNumber(send, token, code, openid)
        return processPhoneNumberResponse(answer, app.appid)
      })
    },

    checkNickname(app, openid, nickname) {
      const send = newSend()
      return tokens.withToken(send, app, async (token) =>
        processContentCheckResponse(await requestContentCheck(send, token, openid, nickname)),
      )
    },

    breakerState: () => guard.state(),
    close: () => transport.close(),
  }
}
