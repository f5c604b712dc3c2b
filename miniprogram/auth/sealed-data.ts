/**
 * Keeps `wx.login` and encrypted data in order: the server must open data before `wx.login` may
 * replace the session_key that sealed it. login.ts waits while the lock is held.
 */
import type { AuthError } from './errors'
import { createAuthError } from './errors'
import { renew } from './login'
import type { State } from './session'
import {
  assertGeneration,
  dropToken,
  findToken,
  findValidSession,
  syncWithStorage,
} from './session'
import { createCall, send, unwrap } from './transport'
import type { WantedCall } from './types'

/** The server couldn't open the data; only a fresh login and another tap help. */
const STALE = 'SESSION_KEY_STALE'

/**
 * Sends encrypted data; call it in the same turn in which WeChat made the data. No `wx.login` runs until the
 * server has answered, and the data is never sent twice. If the key may have changed meanwhile, this logs in
 * and rejects with `SESSION_KEY_STALE`, so that the user taps again. `onAnswer` runs before the next login.
 */
export async function sendSealedData(
  state: State,
  generation: number,
  wanted: WantedCall,
  onAnswer?: () => void,
): Promise<unknown> {
  assertGeneration(state, generation)
  const mayBeOpened =
    !state.isLoginCallPending && (state.exchange ?? findValidSession(state)) !== null
  let cause: unknown
  if (mayBeOpened) {
    state.sealedInProgress += 1
    let token = null as string | null
    try {
      // The exchange gives the server the key; if it fails, nothing is sent.
      const failure = await state.exchange
      const findPresentToken = () => (token = findToken(state, generation))
      const outcome = failure
        ? null
        : await send(state, createCall(state, wanted), findPresentToken)
      if (outcome) {
        onAnswer?.()
        return unwrap(state, outcome.body)
      }
    } catch (thrown) {
      const error = (cause = thrown as AuthError)
      const isSignedOut = error.kind === 'signed-out'
      if (token && error.isTokenRefused) dropToken(state, token, isSignedOut)
      if (isSignedOut || !(error.isTokenRefused || error.code === STALE)) throw error
    } finally {
      state.sealedInProgress -= 1
      if (state.sealedInProgress === 0) {
        state.onUnlocked.forEach((resume) => resume())
        state.onUnlocked.clear()
      }
    }
  }
  syncWithStorage(state)
  assertGeneration(state, generation)
  await renew(state, generation, 'renewal')
  throw createAuthError('api', STALE, { code: STALE, cause })
}
