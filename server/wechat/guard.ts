/**
 * A circuit breaker and a bulkhead around one endpoint, so that a failing WeChat does not make this
 * service fail.
 *
 * Five failures in a row open the breaker. Calls are then refused immediately, and after 5 s one
 * trial call at a time is allowed. An errcode about the code, the person or the configuration is
 * not a failure, since WeChat itself works; neither is the wait for a turn. A call that is refused
 * here was not sent.
 */
import {
  bulkhead,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  handleAll,
  isBrokenCircuitError,
  isBulkheadRejectedError,
} from 'cockatiel'
import { NotSentError, WechatError } from './wechat-error'

const FAILURES_TO_OPEN = 5
const HALF_OPEN_AFTER_MS = 5000
const RETRY_AFTER_SECONDS = 5
/** At most this many refused clients are told to return in the same second, so that they do not all return together. */
const RETURNS_PER_SECOND = 500
/** This is within the 15 s that a login may take on the phone. */
const LONGEST_RETRY_AFTER_MS = 8000

export type BreakerState = 'closed' | 'open' | 'half-open'

export interface GuardLimits {
  callsAtOnce: number
  /** Calls beyond this number and `callsAtOnce` are refused. */
  callsWaiting: number
}

/** What the breaker counts as a success: an answer, even one that refuses this person. */
type Outcome<T> = { ok: true; value: T } | { ok: false; error: WechatError }

async function outcomeOf<T>(call: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await call() }
  } catch (error) {
    const isWell =
      error instanceof WechatError && (error.personal || error.code !== 'WX_UNAVAILABLE')
    if (isWell) return { ok: false, error }
    throw error
  }
}

const paused = () =>
  new NotSentError('WX_UNAVAILABLE', 'WeChat is in trouble; calls to it are paused.', {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  })

function createOverloaded(): () => NotSentError {
  let returnsAt = 0
  return () => {
    const now = performance.now()
    const next = Math.max(returnsAt, now + 1000) + 1000 / RETURNS_PER_SECOND
    returnsAt = Math.min(next, now + LONGEST_RETRY_AFTER_MS)
    return new NotSentError('OVERLOADED', 'Too many calls to WeChat are under way.', {
      retryAfterSeconds: Math.floor((returnsAt - now) / 1000),
    })
  }
}

/**
 * cockatiel compares this duration with Date.now(), which may go back. We measure it: Infinity keeps the
 * breaker open, -Infinity lets the next call try.
 */
function createPause() {
  const endsAt = performance.now() + HALF_OPEN_AFTER_MS
  return {
    get duration() {
      return performance.now() < endsAt ? Infinity : -Infinity
    },
    next: createPause,
  }
}

export function createGuard({ callsAtOnce, callsWaiting }: GuardLimits) {
  const breaker = circuitBreaker(handleAll, {
    halfOpenAfter: { next: createPause },
    breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN),
  })
  const queue = bulkhead(callsAtOnce, callsWaiting)
  const overloaded = createOverloaded()

  async function callQueued<T>(call: () => Promise<T>, waitMs: number): Promise<Outcome<T>> {
    const queuedAtMs = performance.now()
    return queue.execute(async () => {
      if (performance.now() - queuedAtMs > waitMs) throw overloaded()
      // cockatiel would let others wait for the trial call of a half-open breaker; we refuse them.
      if (breaker.state === CircuitState.HalfOpen) throw paused()
      return breaker.execute(() => outcomeOf(call))
    })
  }

  return {
    /**
     * @param waitMs the longest that the call may wait for its turn.
     * @throws NotSentError WX_UNAVAILABLE (breaker open) or OVERLOADED (too many, or waited too long).
     */
    async run<T>(call: () => Promise<T>, waitMs: number): Promise<T> {
      let outcome: Outcome<T>
      try {
        outcome = await callQueued(call, waitMs)
      } catch (error) {
        if (isBrokenCircuitError(error)) throw paused()
        throw isBulkheadRejectedError(error) ? overloaded() : error
      }
      if (outcome.ok) return outcome.value
      throw outcome.error
    },
    state(): BreakerState {
      if (breaker.state === CircuitState.Closed) return 'closed'
      return breaker.state === CircuitState.HalfOpen ? 'half-open' : 'open'
    },
  }
}
