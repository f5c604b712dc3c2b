/**
 * The order between `wx.login` and encrypted data: the server opens data before `wx.login` may replace the
 * session_key that sealed it. login.ts waits while the lock is held.
 */
import type { AuthError } from './errors'
import { createAuthError } from './errors'
import { renew } from './login'
import type { State } from './session'
import { assertGeneration, findToken, findValidSession, logOut, syncWithStorage } from './session'
import { send } from './transport'
import type { Call } from './types'
import { createCancellation } from './waits'

function unlock(state: State): void {
  state.sealedInProgress -= 1
  if (state.sealedInProgress === 0) state.onUnlocked.splice(0).forEach((resume) => resume())
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
  assertGeneration(state, generation)
  const mayBeOpened = state.openLogins === 0 && (state.exchange ?? findValidSession(state)) !== null
  let cause: unknown
  if (mayBeOpened) {
    state.sealedInProgress += 1
    try {
      // The exchange brings the server the key; when it fails, nothing is sent.
      const failure = await state.exchange
      const findPresentToken = () => findToken(state, generation)
      const outcome = failure
        ? null
        : await send(state, call, createCancellation(), findPresentToken)
      if (outcome) {
        onAnswer?.()
        return outcome.body
      }
    } catch (error) {
      if (!isWorthALogin(state, error as AuthError)) throw error
      cause = error
    } finally {
      unlock(state)
    }
  }
  syncWithStorage(state)
  assertGeneration(state, generation)
  await renew(state, generation)
  throw createAuthError('api', STALE, { code: STALE, cause })
}

function isWorthALogin(state: State, { kind, code, status, loginAgain }: AuthError): boolean {
  if (kind === 'signed-out' && status !== undefined) logOut(state, false)
  return loginAgain === true || code === STALE
}
