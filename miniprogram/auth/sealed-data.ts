/**
 * The order between `wx.login` and encrypted data: the server opens data before `wx.login` may replace the
 * session_key that sealed it. login.ts waits while the lock is held.
 */
import type { AuthError } from './errors'
import { createAuthError } from './errors'
import { renew } from './login'
import type { SealedDataLock, State } from './session'
import { assertGeneration, findToken, findValidSession, logOut, syncWithStorage } from './session'
import type { Call } from './transport'
import { send } from './transport'

export function createSealedDataLock(): SealedDataLock {
  return { held: 0, waiting: [], openLogins: 0, exchange: null }
}

function release(lock: SealedDataLock): void {
  lock.held -= 1
  if (lock.held === 0) lock.waiting.splice(0).forEach((resume) => resume())
}

/** The server couldn't open the data; only a fresh login and another tap help. */
const STALE = 'SESSION_KEY_STALE'

/**
 * Sends encrypted data that was made just now: call it in the same turn. No `wx.login` runs until the
 * server has answered, and it is never sent twice. Where the key may have changed meanwhile, it logs in and
 * rejects with `SESSION_KEY_STALE`, which asks for another tap. `onAnswer` runs before the next login.
 */
export async function sendSealedData(
  state: State,
  generation: number,
  call: Call,
  onAnswer?: () => void,
): Promise<unknown> {
  const { sealedDataLock: lock } = state
  assertGeneration(state, generation)
  const mayBeOpened = lock.openLogins === 0 && (lock.exchange ?? findValidSession(state)) !== null
  let cause: unknown
  if (mayBeOpened) {
    lock.held += 1
    try {
      const outcome = await sendOnceKeyIsKnown(state, generation, call)
      if (outcome.sent) {
        onAnswer?.()
        return outcome.body
      }
    } catch (error) {
      if (!isWorthALogin(state, error as AuthError)) throw error
      cause = error
    } finally {
      release(lock)
    }
  }
  syncWithStorage(state)
  assertGeneration(state, generation)
  await renew(state, generation)
  throw createAuthError('api', STALE, { code: STALE, cause })
}

/** Waits for the exchange that brings the server the key; when that fails, nothing is sent. */
async function sendOnceKeyIsKnown(state: State, generation: number, call: Call) {
  const failure = await state.sealedDataLock.exchange
  if (failure) return { sent: false } as const
  return send(state, call, () => findToken(state, generation))
}

function isWorthALogin(state: State, { kind, code, status, loginAgain }: AuthError): boolean {
  if (kind === 'signed-out' && status !== undefined) logOut(state, false)
  return loginAgain === true || code === STALE
}
