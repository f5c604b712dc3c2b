/** The two ways out: logging out, and deleting the account. Nothing logs in silently afterwards. */
import type { AuthError } from './errors'
import { requestSealed } from './request'
import type { State } from './session'
import { logOut, removePendingLogout } from './session'
import { createCall, send } from './transport'
import { createCancellation } from './waits'

/** Here at once, on the server as soon as it can be reached; never rejects. */
export async function logout(state: State): Promise<void> {
  logOut(state, true)
  await sendPendingLogouts(state)
}

/** Tells the server of logouts that it hasn't heard of, such as one made offline. Never rejects. */
export async function sendPendingLogouts(state: State): Promise<void> {
  await Promise.all(state.pendingLogouts.map((token) => sendPendingLogout(state, token)))
}

async function sendPendingLogout(state: State, token: string): Promise<void> {
  if (state.logoutsInProgress.has(token)) return
  state.logoutsInProgress.add(token)
  try {
    const wanted = state.backend.logout?.() ?? { path: '/v1/logout', method: 'POST' }
    await send(state, createCall(state, wanted), createCancellation(), () => token)
    removePendingLogout(state, token)
  } catch (error) {
    // Any answer means that the server has heard it, unless it could do nothing at all.
    const { status = 500 } = error as AuthError
    if (status < 500) removePendingLogout(state, token)
  } finally {
    state.logoutsInProgress.delete(token)
  }
}

/** A login that ran beside the deletion would make a new account: it is sent as encrypted data is. */
export async function deleteAccount(state: State): Promise<void> {
  const options = { path: '/v1/me', method: 'DELETE' } as const
  await requestSealed(state, state.generation, options, () => logOut(state, false))
}
