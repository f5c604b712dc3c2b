/**
 * One endpoint of WeChat, with its own connections, bulkhead and circuit breaker: when it hangs,
 * only the routes that need it are affected.
 */
import { createGuard } from './guard'
import type { BreakerState, GuardLimits } from './guard'
import { createTransport, TransportError } from './transport'
import type { WechatAnswer, WechatRequest } from './transport'
import { NotSentError, wechatUnavailable } from './wechat-error'

/** The time limit for all WeChat calls of one client request. */
const REQUEST_BUDGET_MS = 7000
const MAX_ANSWER_BYTES = 16_384

const FAILURE_TEXT = {
  timeout: 'it did not answer in time',
  network: 'the connection failed',
  'too-large': 'its answer is too large',
} as const

/** Called after each call; `outcome` is `answered` or why there was no answer. */
export type CallObserver = (path: string, durationMs: number, outcome: string) => void

/** When the client's request must be done, on the clock of `performance.now()`. */
export const newDeadline = (): number => performance.now() + REQUEST_BUDGET_MS

export interface SentAnswer extends WechatAnswer {
  /** When the request was sent, after the wait for its turn, on the clock of `now`. */
  sentAtMs: number
}

export interface Endpoint {
  /**
   * @param judge returns what the answer says, or throws WechatError.
   * @param deadlineMs from `newDeadline`.
   * @throws WechatError; NotSentError when the request was not sent.
   */
  call<T>(request: WechatRequest, judge: (answer: SentAnswer) => T, deadlineMs: number): Promise<T>
  breakerState(): BreakerState
  close(): Promise<void>
}

export interface EndpointOptions {
  /** An origin. */
  baseUrl: string
  /** Deadline of one call, from its sending to its answer's last byte. */
  timeoutMs: number
  observe: CallObserver
  now: () => number
}

export function createEndpoint(
  { baseUrl, timeoutMs, observe, now }: EndpointOptions,
  limits: GuardLimits & { maxAnswerBytes?: number },
): Endpoint {
  const { callsAtOnce: connections, maxAnswerBytes = MAX_ANSWER_BYTES } = limits
  const transport = createTransport({ baseUrl, connections, maxAnswerBytes })
  const guard = createGuard(limits)
  // A call that would be cut shorter than this is not sent: its timeout would not be WeChat's fault.
  const leastMs = Math.min(timeoutMs, REQUEST_BUDGET_MS / 2)

  async function send(request: WechatRequest, deadlineMs: number): Promise<SentAnswer> {
    const sentAtMs = now()
    const startedAtMs = performance.now()
    const done = (outcome: string) =>
      observe(request.path, performance.now() - startedAtMs, outcome)
    try {
      const leftMs = Math.floor(Math.min(timeoutMs, deadlineMs - startedAtMs))
      const { status, body } = await transport.send(request, leftMs)
      done('answered')
      return { status, body, sentAtMs }
    } catch (error) {
      if (!(error instanceof TransportError)) throw error
      done(error.reason)
      const unavailable = wechatUnavailable(FAILURE_TEXT[error.reason])
      if (error.mayBeSent) throw unavailable
      throw new NotSentError(unavailable.code, unavailable.message)
    }
  }

  return {
    call(request, judge, deadlineMs) {
      const waitMs = Math.min(leastMs, deadlineMs - performance.now() - leastMs)
      return guard.run(async () => judge(await send(request, deadlineMs)), waitMs)
    },
    breakerState: () => guard.state(),
    close: () => transport.close(),
  }
}
