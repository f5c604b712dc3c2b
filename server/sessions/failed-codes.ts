/**
 * Limits how many bad codes one address may try: 20 a minute, exchanges in progress included. Good
 * codes never count, so many people can share one address.
 *
 * An address may run as many exchanges at once as it has failures left, 20 at first; more wait. Each
 * success while others wait allows one more, up to 100. So good codes soon run at full speed, and of
 * bad codes alone at most 20 reach WeChat.
 */
import { toSeconds } from '../http/rate-window'
import { LOGIN_LIMITS } from '../wechat/endpoints'
import { NotSentError, WechatError } from '../wechat/wechat-error'
import type { ExchangeSlots } from './exchange-slots'

export const FAILED_CODES_RULE = { limit: 20, windowMs: 60_000 }
/** One address may use every place of WeChat's endpoint. */
const MAX_EXTRA_EXCHANGES = LOGIN_LIMITS.callsAtOnce - FAILED_CODES_RULE.limit
const MAX_PER_ADDRESS = LOGIN_LIMITS.callsAtOnce + LOGIN_LIMITS.callsWaiting
/** Of the request's 7 s this leaves 3.5 s for WeChat and a little for the database. */
const LONGEST_WAIT_MS = 3000
/** How often a waiting exchange asks again, since another process does not tell us when its exchange ends. */
const POLL_EVERY_MS = 100
/** We draw Retry-After at random up to this, so that refused clients do not return together. */
const LONGEST_RETRY_AFTER_SECONDS = 8

export interface FailedCodes {
  /** @throws NotSentError RATE_LIMITED, OVERLOADED; and what the exchange throws. */
  run<T>(addressBlock: string, exchange: () => Promise<T>): Promise<T>
}

/** The exchanges of one address. */
interface AddressQueue {
  /** How many run or wait. */
  present: number
  inProgress: number
  /** Exchanges that may run in addition to the failures that are left. */
  extra: number
  /** Each callback wakes one waiting exchange. */
  waiting: Set<() => void>
  /** Runs while an exchange waits. */
  pollTimer?: NodeJS.Timeout | undefined
}

type Outcome = 'good' | 'bad' | 'unknown'

const tooManyFailures = (waitMs: number) =>
  new NotSentError('RATE_LIMITED', 'Too many codes from this address were no good.', {
    retryAfterSeconds: toSeconds(waitMs),
  })

const overloaded = () =>
  new NotSentError('OVERLOADED', 'Too many logins from this address are under way.', {
    retryAfterSeconds: Math.ceil(Math.random() * LONGEST_RETRY_AFTER_SECONDS),
  })

/** True for WeChat's errors about the code itself; other errors do not count. */
const isBadCode = (error: unknown): boolean =>
  error instanceof WechatError && ['WX_CODE_INVALID', 'WX_CODE_USED'].includes(error.code)

function stopWaiting(queue: AddressQueue, wake: () => void): void {
  queue.waiting.delete(wake)
  if (queue.waiting.size > 0) return
  clearInterval(queue.pollTimer)
  queue.pollTimer = undefined
}

function wakeFirst({ waiting }: AddressQueue): void {
  const [first] = waiting
  first?.()
}

function waitForTurn(queue: AddressQueue, endsAtMs: number): Promise<void> {
  queue.pollTimer ??= setInterval(wakeFirst, POLL_EVERY_MS, queue)
  return new Promise((resolve, reject) => {
    const wake = () => {
      clearTimeout(timer)
      stopWaiting(queue, wake)
      resolve()
    }
    const timer = setTimeout(() => {
      stopWaiting(queue, wake)
      reject(overloaded())
    }, endsAtMs - performance.now())
    queue.waiting.add(wake)
  })
}

/** @returns the slot. */
async function enter(
  queue: AddressQueue,
  slots: ExchangeSlots,
  addressBlock: string,
): Promise<string> {
  const endsAtMs = performance.now() + LONGEST_WAIT_MS
  for (;;) {
    const decision = await slots.enter(addressBlock, queue.extra)
    if (decision === 'full') await waitForTurn(queue, endsAtMs)
    else if ('waitMs' in decision) throw tooManyFailures(decision.waitMs)
    else {
      queue.inProgress += 1
      return decision.slot
    }
  }
}

function leave(queue: AddressQueue, outcome: Outcome): void {
  queue.inProgress -= 1
  const grows = outcome === 'good' && queue.waiting.size > 0 && queue.extra < MAX_EXTRA_EXCHANGES
  if (grows) queue.extra += 1
  if (outcome === 'bad' || queue.inProgress === 0) queue.extra = 0
  // After a failure we wake all, since the limit may refuse them. After a success we wake one for each
  // free slot.
  let wakeUps = outcome === 'bad' ? Infinity : grows ? 2 : 1
  for (const wake of queue.waiting) {
    if (wakeUps === 0) break
    wakeUps -= 1
    wake()
  }
}

/** @param slots of this process, or shared by several. */
export function createFailedCodes(slots: ExchangeSlots): FailedCodes {
  const queues = new Map<string, AddressQueue>()

  async function runInQueue<T>(
    queue: AddressQueue,
    addressBlock: string,
    exchange: () => Promise<T>,
  ): Promise<T> {
    const slot = await enter(queue, slots, addressBlock)
    let outcome: Outcome = 'unknown'
    try {
      const result = await exchange()
      outcome = 'good'
      return result
    } catch (error) {
      if (isBadCode(error)) outcome = 'bad'
      throw error
    } finally {
      const isLeft = slots.leave(addressBlock, slot, outcome === 'bad')
      leave(queue, outcome)
      // Count a failure before it is answered. A good login need not wait for that.
      if (outcome === 'bad') await isLeft
    }
  }

  return {
    async run(addressBlock, exchange) {
      const queue = queues.get(addressBlock) ?? {
        present: 0,
        inProgress: 0,
        extra: 0,
        waiting: new Set(),
      }
      if (queue.present === MAX_PER_ADDRESS) throw overloaded()
      queues.set(addressBlock, queue)
      queue.present += 1
      try {
        return await runInQueue(queue, addressBlock, exchange)
      } finally {
        queue.present -= 1
        if (queue.present === 0) queues.delete(addressBlock)
      }
    },
  }
}
