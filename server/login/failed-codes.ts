/**
 * Limits how many bad codes one address may try: 20 a minute, those under way counted. Successes never
 * count, so many people behind one address are not hindered.
 *
 * An address that has no failures may have 20 exchanges under way; the next ones wait. While others wait,
 * each success lets one more go at a time, up to what WeChat is asked at once by all. So a crowd of good
 * codes soon goes at full speed, and of a crowd of bad ones 20 reach WeChat.
 */
import { toSeconds } from '../http/rate-window'
import { NotSentError, WechatError } from '../wechat/wechat-error'
import type { ExchangePlaces } from './exchange-places'

export const FAILED_CODES_RULE = { limit: 20, windowMs: 60_000 }
/** With the 20 as many as wechat/ sends at once. */
const MAX_EXTRA = 80
const MAX_WAITING = 500
/** Half of what a request has for its calls to WeChat. */
const LONGEST_WAIT_MS = 3500
/** How often one that waits asks again by itself: nobody hears what ends in another process. */
const ASK_AGAIN_MS = 100
/** Those who find no place come back one after the other. */
const LONGEST_RETRY_AFTER_SECONDS = 8

export interface FailedCodes {
  /** @throws NotSentError RATE_LIMITED, OVERLOADED; and what the exchange throws. */
  run<T>(addressBlock: string, exchange: () => Promise<T>): Promise<T>
}

/** The exchanges of one address. */
interface Line {
  /** Those that run or wait. */
  present: number
  underWay: number
  /** How many more may be under way than may fail. */
  extra: number
  /** Resolve when it is worth asking again. */
  waiting: Set<() => void>
  /** While any wait. */
  asking?: NodeJS.Timeout | undefined
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

/** Only what WeChat says of the code itself counts. */
const isBadCode = (error: unknown): boolean =>
  error instanceof WechatError && ['WX_CODE_INVALID', 'WX_CODE_USED'].includes(error.code)

function stopWaiting(line: Line, wake: () => void): void {
  line.waiting.delete(wake)
  if (line.waiting.size > 0) return
  clearInterval(line.asking)
  line.asking = undefined
}

function wakeFirst({ waiting }: Line): void {
  const [first] = waiting
  first?.()
}

function waitForTurn(line: Line, endsAtMs: number): Promise<void> {
  if (line.waiting.size >= MAX_WAITING) throw overloaded()
  line.asking ??= setInterval(wakeFirst, ASK_AGAIN_MS, line)
  return new Promise((resolve, reject) => {
    const wake = () => {
      clearTimeout(timer)
      stopWaiting(line, wake)
      resolve()
    }
    const timer = setTimeout(() => {
      stopWaiting(line, wake)
      reject(overloaded())
    }, endsAtMs - performance.now())
    line.waiting.add(wake)
  })
}

/** @returns the place taken. */
async function enter(line: Line, places: ExchangePlaces, addressBlock: string): Promise<string> {
  const endsAtMs = performance.now() + LONGEST_WAIT_MS
  for (;;) {
    const entry = await places.enter(addressBlock, line.extra)
    if (entry === 'full') await waitForTurn(line, endsAtMs)
    else if ('waitMs' in entry) throw tooManyFailures(entry.waitMs)
    else {
      line.underWay += 1
      return entry.place
    }
  }
}

function leave(line: Line, outcome: Outcome): void {
  line.underWay -= 1
  const grows = outcome === 'good' && line.waiting.size > 0 && line.extra < MAX_EXTRA
  if (grows) line.extra += 1
  if (outcome === 'bad' || line.underWay === 0) line.extra = 0
  // A failure concerns all that wait; otherwise as many try again as there are places free now.
  let places = outcome === 'bad' ? Infinity : grows ? 2 : 1
  for (const wake of line.waiting) {
    if (places === 0) break
    places -= 1
    wake()
  }
}

/** @param places where exchanges are counted: in this process, or for several. */
export function createFailedCodes(places: ExchangePlaces): FailedCodes {
  const lines = new Map<string, Line>()

  async function runInLine<T>(
    line: Line,
    addressBlock: string,
    exchange: () => Promise<T>,
  ): Promise<T> {
    const place = await enter(line, places, addressBlock)
    let outcome: Outcome = 'unknown'
    try {
      const result = await exchange()
      outcome = 'good'
      return result
    } catch (error) {
      if (isBadCode(error)) outcome = 'bad'
      throw error
    } finally {
      const isLeft = places.leave(addressBlock, place, outcome === 'bad')
      leave(line, outcome)
      // A failure counts before it is answered; a good login waits for nothing.
      if (outcome === 'bad') await isLeft
    }
  }

  return {
    async run(addressBlock, exchange) {
      const line = lines.get(addressBlock) ?? {
        present: 0,
        underWay: 0,
        extra: 0,
        waiting: new Set(),
      }
      lines.set(addressBlock, line)
      line.present += 1
      try {
        return await runInLine(line, addressBlock, exchange)
      } finally {
        line.present -= 1
        if (line.present === 0) lines.delete(addressBlock)
      }
    },
  }
}
