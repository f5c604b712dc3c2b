/**
 * Login, phone and OAuth codes: each lives for its time, works once, for its kind and its app only.
 * A spent code is remembered for as long as it would have lived, so that a second use is told from
 * an unknown code. Memory stays bounded.
 */
import type { Clock } from './clock'
import { randomAlphanumeric, randomHex } from './random'

/** `any` is a control-made code of an official account: good for both exchanges. */
export type CodeKind = 'login' | 'phone' | 'oauth' | 'any'

export interface Code {
  readonly code: string
  readonly kind: CodeKind
  readonly appid: string
  readonly user: string
  readonly expiresAtMs: number
  /** OAuth only. */
  readonly scope?: string
  /** Phone only. */
  readonly phone?: string
  spent: boolean
}

export type NewCode = Omit<Code, 'code' | 'spent' | 'expiresAtMs'>

export interface Codes {
  /** Makes a code; `ttlSeconds` defaults to WeChat's five minutes. */
  issue(wanted: NewCode, ttlSeconds?: number): Code
  /** A code that is not too old, spent or not; null when there is none. */
  find(code: string): Code | null
  all(): Code[]
}

const CODE_TTL_SECONDS = 300
const LOGIN_CODE_LENGTH = 32
const PHONE_CODE_LENGTH = 64
/** Eight minutes of a thousand logins a second. */
const MAX_CODES = 500_000
/** How many old ones leave at most when a new one comes: keeps each call short. */
const SWEEP = 2

export function createCodes(clock: Clock, saved: readonly Code[] = []): Codes {
  const codes = new Map<string, Code>(saved.map((code) => [code.code, code]))

  const sweep = (): void => {
    let looked = 0
    for (const [text, code] of codes) {
      if (looked++ >= SWEEP) return
      if (codes.size <= MAX_CODES && code.expiresAtMs > clock.nowMs()) return
      codes.delete(text)
    }
  }
  return {
    issue: (wanted, ttlSeconds = CODE_TTL_SECONDS) => {
      sweep()
      const text =
        wanted.kind === 'phone'
          ? randomHex(PHONE_CODE_LENGTH)
          : randomAlphanumeric(LOGIN_CODE_LENGTH)
      const expiresAtMs = clock.nowMs() + ttlSeconds * 1000
      const code: Code = { ...wanted, code: text, expiresAtMs, spent: false }
      codes.set(text, code)
      return code
    },
    find: (text) => {
      const code = codes.get(text)
      if (code === undefined) return null
      return code.expiresAtMs > clock.nowMs() ? code : null
    },
    all: () => [...codes.values()].filter((code) => code.expiresAtMs > clock.nowMs()),
  }
}
