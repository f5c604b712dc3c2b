/** Deletes the account on this project's BFF (`DELETE /v1/me`). */
import { sendSealedData } from './sealed-data'
import { logOut, stateOf } from './session'
import type { Auth } from './types'

/**
 * Deletes the account, then is signed out as after `logout()`. It is sent as encrypted data is: a silent login
 * beside it would make a new account. When it rejects, nothing has been forgotten.
 *
 * @example
 * await deleteAccount(auth)
 */
export async function deleteAccount(auth: Auth): Promise<void> {
  const state = stateOf(auth)
  const wanted = { path: '/v1/me', method: 'DELETE' }
  await sendSealedData(state, state.generation, wanted, () => logOut(state, false))
}
