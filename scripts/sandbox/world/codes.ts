/**
 * Login, phone and OAuth codes. A code works once, for its kind and its app, until it expires. A spent
 * code is remembered until then, so that a second use answers 40163 and not 40029. Their number is
 * limited.
 */
import type { Clock } from './clock'
import { randomAlphanumeric, randomHex } from './random'

/** `any`: a code of an official account made by a control endpoint, valid for both exchanges. */
export type CodeKind = 'login' | 'phone' | 'oauth' | 'any'

export interface Code {
  readonly code: string
  readonly kind: CodeKind
  readonly appid: string
  readonly user: string
  readonly expiresAtMs: number
  /** OAuth only. */
  readonly scope?: string
  /** OAuth only: the person sees the snapshot page, so the app gets a virtual account. */
  readonly snapshot?: true
  /** Phone only. */
  readonly phone?: string
  spent: boolean
}

type NewCode = Omit<Code, 'code' | 'spent' | 'expiresAtMs'>

export interface Codes {
  /** Makes a code. `ttlSeconds` is 300 by default, as with WeChat. */
  issue(wanted: NewCode, ttlSeconds?: number): Code
  /** A code that has not expired, spent or not; else null. */
  find(code: string): Code | null
  all(): Code[]
}

const CODE_TTL_SECONDS = 300
const LOGIN_CODE_LENGTH = 32
const PHONE_CODE_LENGTH = 64
/** A thousand logins a second for eight minutes. */
const MAX_CODES = 500_000
/** How many old codes are removed at most when a new one is made, so that each call stays short. */
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
