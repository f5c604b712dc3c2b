/**
 * JSON lines on stdout. A line holds only the fields that LogFields names: no headers, no bodies,
 * no openid (only a keyed hash of it), no error objects of the HTTP client (they carry secrets).
 */
import { createHmac, hkdfSync } from 'node:crypto'
import { pino } from 'pino'
import type { Config } from './config'
import type { DataKey } from './sealing'

/** The allowlist: a field that is not here can't be logged. */
export interface LogFields {
  requestId?: string
  method?: string
  /** The route's pattern, not the path: a path can hold ids. */
  route?: string
  status?: number
  durationMs?: number
  outcome?: string
  code?: string
  /** WeChat's errcode and request id. */
  errcode?: number
  rid?: string
  appid?: string
  userId?: string
  /** From `openidHasher`. */
  openidHash?: string
  /** Of payment. */
  orderId?: string
  refundId?: string
  outTradeNo?: string
  upstream?: string
  address?: string
  stack?: string
  /** True for what an operator must act on now. */
  alert?: boolean
}

export interface Logger {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
  fatal(fields: LogFields, message: string): void
}

/** Lines are written in batches, at latest after FLUSH_EVERY_MS; `flush` before the process ends. */
const BATCH_CHARS = 16_000
const FLUSH_EVERY_MS = 100

/** pino's own batches measure all that waits at each line, which costs more than writing it. */
function createBatches() {
  const destination = pino.destination({ fd: 1, sync: false })
  let lines: string[] = []
  let chars = 0
  const hand = (): void => {
    if (chars === 0) return
    destination.write(lines.join(''))
    lines = []
    chars = 0
  }
  setInterval(hand, FLUSH_EVERY_MS).unref()
  return {
    write(line: string): void {
      lines.push(line)
      chars += line.length
      if (chars >= BATCH_CHARS) hand()
    },
    flush(): void {
      hand()
      destination.flushSync()
    },
  }
}

export function createLogger(level: Config['logLevel']): Logger & { flush(): void } {
  const batches = createBatches()
  const logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'msg' },
    batches,
  )
  return Object.assign(logger, { flush: () => batches.flush() })
}

/**
 * The same openid gives the same hash in one service, and nobody outside can compute it.
 * @param keys at least one; a key of its own is derived from the first, since one key must not serve
 * two purposes.
 */
export function openidHasher([first]: readonly DataKey[]): (openid: string) => string {
  if (first === undefined) throw new Error('openidHasher needs at least one data key')
  const key = Buffer.from(hkdfSync('sha256', first.key, '', 'hash of an openid in the log', 32))
  return (openid) => createHmac('sha256', key).update(openid).digest('base64url').slice(0, 16)
}
