/**
 * JSON lines on stdout. A line holds only the fields that LogFields names: no headers, no bodies,
 * no openid (only a keyed hash of it), no error objects of the HTTP client (they carry secrets).
 */
import { createHmac } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import type { Level } from 'pino'
import { SonicBoom } from 'sonic-boom'
import { deriveKey } from './sealing'
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
  /** Payment sets these. */
  orderId?: string
  refundId?: string
  outTradeNo?: string
  stack?: string
  /** True for what an operator must act on now. */
  alert?: boolean
}

export interface Logger {
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
  fatal(fields: LogFields, message: string): void
}

/** Lines are written in batches, at the latest after FLUSH_EVERY_MS. */
const BATCH_BYTES = 16_000
const FLUSH_EVERY_MS = 100
/** How much may wait for a full disk or a stalled reader; further lines are dropped and counted. */
const MAX_WAITING_BYTES = 1024 * 1024
/** How long a process that ends waits for a stalled reader of its log. */
const CLOSE_WITHIN_MS = 500

/**
 * We don't use pino's own destination: it writes synchronously when the process ends, and blocks
 * forever on a stalled pipe.
 */
function createOutput() {
  // Accessing process.stdout makes a pipe non-blocking. Otherwise a write to a full pipe blocks a
  // thread of libuv's pool, and the process can't end before that thread does.
  process.stdout.on('error', () => undefined)
  const output = new SonicBoom({
    fd: 1,
    sync: false,
    minLength: BATCH_BYTES,
    maxLength: MAX_WAITING_BYTES,
    periodicFlush: FLUSH_EVERY_MS,
  })
  let dropped = 0
  let closing: Promise<void> | null = null
  // Lines that could not be written stay in its buffer and are written with the next batch.
  output.on('error', () => undefined)
  output.on('drop', () => (dropped += 1))

  async function end(): Promise<void> {
    // Not events.once: that rejects when the last batch can't be written.
    const closed = new Promise((resolve) => output.once('close', resolve))
    output.end()
    await Promise.race([closed, delay(CLOSE_WITHIN_MS)])
  }

  return {
    write: (line: string): void => void output.write(line),
    flush: (): void => output.flush(),
    droppedLines: (): number => dropped,
    close: (): Promise<void> => (closing ??= end()),
  }
}

export type ProcessLogger = Logger & Omit<ReturnType<typeof createOutput>, 'write'>

export function createLogger(level: Level): ProcessLogger {
  const { write, ...output } = createOutput()
  const logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'msg' },
    { write },
  )
  return Object.assign(logger, output)
}

/**
 * The same openid gives the same hash in one service, and nobody outside can compute it.
 * @param keys at least one; the first is used.
 */
export function openidHasher([first]: readonly DataKey[]): (openid: string) => string {
  if (first === undefined) throw new Error('openidHasher needs at least one data key')
  const key = deriveKey(first, 'hash of an openid in the log')
  return (openid) => createHmac('sha256', key).update(openid).digest('base64url').slice(0, 16)
}
