/**
 * Keeps a WeChat in trouble from taking this service with it: a circuit breaker and a bulkhead
 * around code2Session.
 *
 * Five failures in a row open the breaker; then calls are refused at once, and after 5 s one call
 * at a time is let through to see. An errcode about the code, the person or the configuration is no
 * failure: WeChat itself is well. A call that is refused here was not sent.
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
const CALLS_AT_ONCE = 100
const CALLS_WAITING = 500
const RETRY_AFTER_SECONDS = 5
/** Those who find no place are asked to come back in turn: so many a second, from the next one on. */
const RETURNS_PER_SECOND = 500
/** Within the 15 s that a login may take on the phone. */
const LONGEST_RETRY_AFTER_MS = 8000

export type BreakerState = 'closed' | 'open' | 'half-open'

export interface Guard {
  /**
   * @param afterWait asked before a call that had to wait for its turn; the call is not made when it rejects.
   * @throws NotSentError WX_UNAVAILABLE (breaker open) or OVERLOADED (too many, or waited too long).
   */
  run<T>(call: () => Promise<T>, afterWait?: () => Promise<void>): Promise<T>
  state(): BreakerState
}

/** What the breaker sees: an answer, also when the answer is no to this person. */
type Seen<T> = { ok: true; value: T } | { ok: false; error: Error }

const isWechatsFault = (error: Error): boolean =>
  !(error instanceof WechatError) || error.code === 'WX_UNAVAILABLE'

const refused = () =>
  new NotSentError('WX_UNAVAILABLE', 'WeChat is in trouble; calls to it are paused.', {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  })

/** One after the other, since all those told the same second would be the next storm. */
function createOverloaded(): () => NotSentError {
  let returnsAt = 0
  return () => {
    const now = performance.now()
    const next = Math.max(returnsAt, now + 1000) + 1000 / RETURNS_PER_SECOND
    returnsAt = Math.min(next, now + LONGEST_RETRY_AFTER_MS)
    return new NotSentError('OVERLOADED', 'Too many logins are under way.', {
      retryAfterSeconds: Math.floor((returnsAt - now) / 1000),
    })
  }
}

function see<T>(call: () => Promise<T>): Promise<Seen<T>> {
  return call().then(
    (value) => ({ ok: true, value }),
    (error: unknown) => {
      const known = error instanceof Error ? error : new Error(String(error))
      if (isWechatsFault(known)) throw known
      return { ok: false, error: known }
    },
  )
}

function unwrap<T>(seen: Seen<T>): T {
  if (seen.ok) return seen.value
  throw seen.error
}

/** @param waitMs the longest that a call may wait for its turn. */
export function createGuard(waitMs: number): Guard {
  const breaker = circuitBreaker(handleAll, {
    halfOpenAfter: HALF_OPEN_AFTER_MS,
    breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN),
  })
  const lanes = bulkhead(CALLS_AT_ONCE, CALLS_WAITING)
  const overloaded = createOverloaded()

  /** cockatiel lets others wait for the probe of a half-open breaker; here nobody does. */
  function execute<T>(call: () => Promise<T>): Promise<Seen<T>> {
    if (breaker.state === CircuitState.HalfOpen) throw refused()
    return breaker.execute(() => see(call))
  }

  return {
    // Thens, here and in what it calls: an async function that waits holds three times as much.
    run(call, afterWait) {
      const queuedAt = performance.now()
      const waits = lanes.executionSlots === 0
      const turn = () => {
        if (performance.now() - queuedAt > waitMs) throw overloaded()
        return waits && afterWait !== undefined
          ? afterWait().then(() => execute(call))
          : execute(call)
      }
      return lanes.execute(turn).then(unwrap, (error: unknown) => {
        if (isBrokenCircuitError(error)) throw refused()
        throw isBulkheadRejectedError(error) ? overloaded() : error
      })
    },
    state() {
      if (breaker.state === CircuitState.Closed) return 'closed'
      return breaker.state === CircuitState.HalfOpen ? 'half-open' : 'open'
    },
  }
}
