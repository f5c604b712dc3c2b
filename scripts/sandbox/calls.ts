/** The last calls of WeChat's endpoints, and a count per path. Holds no code, secret or key. */
import { createHash } from 'node:crypto'

/** One call. `outcome` is `ok`, `errcode 40029`, `http 404` or `fault hang`. */
interface Call {
  readonly path: string
  readonly appid: string | null
  /** ISO 8601, by the computer's own clock. */
  readonly at: string
  readonly outcome: string
  /** SHA-256 of the code in hex, so that a code that was sent twice can be recognised. */
  readonly codeHash?: string
}

export interface Calls {
  add(call: { path: string; appid: string | null; outcome: string; code: string | null }): void
  /** The newest `limit` calls, oldest first. */
  list(limit?: number): Call[]
  counts(): Record<string, number>
}

const KEPT_CALLS = 10_000
/** Callers can invent paths, so their number is limited. */
const MAX_COUNTED_PATHS = 10_000

export function createCalls(): Calls {
  const ring: Call[] = []
  const counts = new Map<string, number>()
  let next = 0
  return {
    add: ({ path, appid, outcome, code }) => {
      const call = { path, appid, at: new Date().toISOString(), outcome }
      ring[next] =
        code === null
          ? call
          : { ...call, codeHash: createHash('sha256').update(code).digest('hex') }
      next = (next + 1) % KEPT_CALLS
      if (counts.has(path) || counts.size < MAX_COUNTED_PATHS) {
        counts.set(path, (counts.get(path) ?? 0) + 1)
      }
    },
    list: (limit = KEPT_CALLS) =>
      [...ring.slice(next), ...ring.slice(0, next)].slice(-Math.max(1, limit)),
    counts: () => Object.fromEntries(counts),
  }
}
