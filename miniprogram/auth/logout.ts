/** Logs out: here immediately, on the server as soon as it can be reached. */
import type { AuthError } from './errors'
import type { State } from './session'
import { endSessionHere, refusesToken, save, syncWithStorage } from './session'
import { createCall, send } from './transport'

/** Deletes the session, stores the logout, and tells the server; never rejects. */
export function logout(state: State): Promise<void> {
  endSessionHere(state, true)
  return sendPendingLogouts(state)
}

/** Tells the server of logouts that it does not know of, such as one made offline; never rejects. */
export function sendPendingLogouts(state: State): Promise<void> {
  // One after another, so that none is sent twice.
  return (state.logouts = state.logouts.then(async () => {
    for (const token of state.pendingLogouts) await sendPendingLogout(state, token)
  }))
}

async function sendPendingLogout(state: State, token: string): Promise<void> {
  try {
    const wanted = state.backend.logout?.() ?? { path: '/v1/logout', method: 'POST' }
    await send(state, createCall(state, wanted), () => token)
  } catch (error) {
    // A refusal means that the server knows of the logout, unless it asks us to wait (408, 429).
    // After any other error we send it again at the next start or login.
    const { status } = error as AuthError
    if (!refusesToken(error) && !/^4(?!08|29)/.test(String(status))) return
  }
  syncWithStorage(state)
  state.pendingLogouts = state.pendingLogouts.filter((pending) => pending !== token)
  save(state, state.session ?? null)
}
