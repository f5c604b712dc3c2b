/**
 * Remembers which codes were sent to WeChat, so that none is sent twice: neither by two concurrent
 * requests nor by a client that tries again.
 *
 * This one is for a single process, cluster/spent-codes.ts for several.
 */
import { hash } from 'node:crypto'
import { ApiError } from './errors'
import { createFingerprintSet } from './fingerprint-set'
import type { Fingerprint } from './fingerprint-set'
import { NotSentError, WechatError } from './wechat/wechat-error'

/** Codes of different kinds are remembered separately. */
export type CodeKind = 'login' | 'phone' | 'web'

/** The lifetime of a code at WeChat. That of a website app lives 10 minutes, that of an official account 5. */
export const codeLivesMs = (kind: CodeKind): number => (kind === 'web' ? 600_000 : 300_000)

export type Reservation = 'reserved' | 'in-flight' | 'spent'

export interface SpentCodes {
  /** Resolves `reserved` only once until `release`. */
  reserve(kind: CodeKind, code: string): Promise<Reservation>
  /** The exchange is over, whatever its outcome. */
  markSpent(kind: CodeKind, code: string): Promise<void>
  /** The code was not sent, so it may be used again. */
  release(kind: CodeKind, code: string): Promise<void>
}

/** False when the error occurred before the code was sent. An answer of WeChat and a bug count as sent. */
const wasSent = (error: unknown): boolean =>
  error instanceof WechatError ? !(error instanceof NotSentError) : !(error instanceof ApiError)

/**
 * Sends a code, unless it was sent before. Afterwards it is spent, whatever the outcome; it is free again
 * only if it was not sent after all.
 * @throws ApiError WX_CODE_IN_FLIGHT, WX_CODE_USED, and what `send` throws.
 */
export async function spendCode<T>(
  spentCodes: SpentCodes,
  kind: CodeKind,
  code: string,
  send: () => Promise<T>,
): Promise<T> {
  const reservation = await spentCodes.reserve(kind, code)
  if (reservation === 'in-flight') {
    throw new ApiError('WX_CODE_IN_FLIGHT', 'This code is being exchanged right now.')
  }
  if (reservation === 'spent') {
    throw new ApiError('WX_CODE_USED', 'This code was already used here.')
  }
  let isSpent = true
  try {
    return await send()
  } catch (error) {
    isSpent = wasSent(error)
    throw error
  } finally {
    await (isSpent ? spentCodes.markSpent(kind, code) : spentCodes.release(kind, code))
  }
}

const fingerprintOf = (name: string): Fingerprint => {
  const digest = hash('sha256', name)
  return { high: parseInt(digest.slice(0, 8), 16), low: parseInt(digest.slice(8, 16), 16) }
}

const nameOf = (kind: CodeKind, code: string): string => `${kind}\n${code}`

/** A code is remembered for one to two generations, and only by its fingerprint, since there can be millions. */
function createMemory(elapsedMs: () => number, generationMs: number): SpentCodes {
  const inFlight = new Map<string, Fingerprint>()
  let spent = createFingerprintSet()
  let spentBefore = createFingerprintSet()
  let endsAtMs = elapsedMs() + generationMs

  function forgetOld(): void {
    const nowMs = elapsedMs()
    if (nowMs < endsAtMs) return
    spentBefore = nowMs < endsAtMs + generationMs ? spent : createFingerprintSet()
    spent = createFingerprintSet()
    endsAtMs = nowMs + generationMs
  }

  return {
    reserve(kind, code) {
      forgetOld()
      const name = nameOf(kind, code)
      if (inFlight.has(name)) return Promise.resolve('in-flight')
      const fingerprint = fingerprintOf(name)
      if (spent.has(fingerprint) || spentBefore.has(fingerprint)) return Promise.resolve('spent')
      inFlight.set(name, fingerprint)
      return Promise.resolve('reserved')
    },
    markSpent(kind, code) {
      const name = nameOf(kind, code)
      spent.add(inFlight.get(name) ?? fingerprintOf(name))
      inFlight.delete(name)
      return Promise.resolve()
    },
    release(kind, code) {
      inFlight.delete(nameOf(kind, code))
      return Promise.resolve()
    },
  }
}

export function createSpentCodes(elapsedMs: () => number): SpentCodes {
  const web = createMemory(elapsedMs, codeLivesMs('web'))
  const others = createMemory(elapsedMs, codeLivesMs('login'))
  const memoryOf = (kind: CodeKind) => (kind === 'web' ? web : others)
  return {
    reserve: (kind, code) => memoryOf(kind).reserve(kind, code),
    markSpent: (kind, code) => memoryOf(kind).markSpent(kind, code),
    release: (kind, code) => memoryOf(kind).release(kind, code),
  }
}
