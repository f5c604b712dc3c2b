/** Deletes the account on this project's BFF (`DELETE /v1/me`). */
import { sendSealedData } from './sealed-data'
import { endSessionHere, stateOf } from './session'
import type { Auth } from './types'

/**
 * Deletes the account, then logs out as `logout()` does. No silent login runs meanwhile, as for
 * encrypted data, because it would create a new account. If this rejects, the session is kept.
 *
 * @example
 * await deleteAccount(auth)
 */
export async function deleteAccount(auth: Auth): Promise<void> {
  const state = stateOf(auth)
  const wanted = { path: '/v1/me', method: 'DELETE' }
  await sendSealedData(state, state.generation, wanted, () => endSessionHere(state, false))
}
