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

/** Lines are written in batches, at latest after FLUSH_EVERY_MS. */
const BATCH_BYTES = 16_000
const FLUSH_EVERY_MS = 100
/** What waits for a disk that is full or a reader that stalls; more is dropped and counted. */
const MAX_WAITING_BYTES = 1024 * 1024
/** How long the end of the process waits for a log that nobody reads. */
const CLOSE_WITHIN_MS = 500

/**
 * pino's own destination writes synchronously when the process ends, and that waits for ever on a
 * stalled pipe.
 */
function createOutput() {
  // Opening it as a stream makes a pipe non-blocking. Else a write to a full one blocks a thread of the
  // pool, and the end of the process waits for that thread.
  process.stdout.on('error', () => undefined)
  const output = new SonicBoom({
    fd: 1,
    sync: false,
    minLength: BATCH_BYTES,
    maxLength: MAX_WAITING_BYTES,
    periodicFlush: FLUSH_EVERY_MS,
  })
  let dropped = 0
  // What could not be written stays with it, and is tried again with the next batch.
  output.on('error', () => undefined)
  output.on('drop', () => (dropped += 1))

  return {
    write: (line: string): void => void output.write(line),
    flush: (): void => output.flush(),
    droppedLines: (): number => dropped,
    async close(): Promise<void> {
      // Not events.once: that rejects when the last batch can't be written.
      const closed = new Promise((resolve) => output.once('close', resolve))
      output.end()
      await Promise.race([closed, delay(CLOSE_WITHIN_MS)])
    },
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
 * @param keys at least one; the first counts.
 */
export function openidHasher([first]: readonly DataKey[]): (openid: string) => string {
  if (first === undefined) throw new Error('openidHasher needs at least one data key')
  const key = deriveKey(first, 'hash of an openid in the log')
  return (openid) => createHmac('sha256', key).update(openid).digest('base64url').slice(0, 16)
}
