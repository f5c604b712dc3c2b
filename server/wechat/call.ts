/**
 * One question to WeChat within the time that is left for the client who waits.
 *
 * A client's request has 7 s for all its calls together, and one call has WECHAT_TIMEOUT_MS.
 */
import type { Transport, TransportAnswer, TransportCall } from './transport'
import { TransportError } from './transport'
import { wechatUnavailable } from './wechat-error'

export const REQUEST_BUDGET_MS = 7000

const FAILURE_TEXT = {
  timeout: 'it did not answer in time',
  network: 'the connection failed',
  'too-large': 'its answer is too large',
} as const

export type WechatSend = (call: TransportCall) => Promise<TransportAnswer>

/** Told how each call went; `outcome` is `answered` or why there was no answer. */
export type CallObserver = (path: string, durationMs: number, outcome: string) => void

/**
 * @returns a sender for one request of a client: its budget starts now.
 * It rejects with WechatError WX_UNAVAILABLE when WeChat can't be reached in time.
 */
export function createSend(
  transport: Transport,
  timeoutMs: number,
  observe: CallObserver,
): WechatSend {
  const endsAt = performance.now() + REQUEST_BUDGET_MS

  return (call) => {
    const startedAt = performance.now()
    const leftMs = Math.floor(Math.min(timeoutMs, endsAt - startedAt))
    if (leftMs <= 0) return Promise.reject(wechatUnavailable(FAILURE_TEXT.timeout))
    return transport.send(call, leftMs).then(
      (answer) => {
        observe(call.path, performance.now() - startedAt, 'answered')
        return answer
      },
      (error: unknown) => {
        if (!(error instanceof TransportError)) throw error
        observe(call.path, performance.now() - startedAt, error.reason)
        throw wechatUnavailable(FAILURE_TEXT[error.reason])
      },
    )
  }
}
