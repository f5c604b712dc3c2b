/** The two ways out: logging out, and deleting the account. Nothing logs in silently afterwards. */
import type { Core } from './core'
import { requestSealed } from './request'
import { nothing } from './scope'
import { leave } from './session'
import { createJob, send } from './transport'

/** Here at once, on the server as soon as it answers; never rejects. */
export async function logout(core: Core): Promise<void> {
  const token = leave(core)
  const job = createJob(core, { path: '/v1/logout', method: 'POST' })
  if (token) await send(core, job, () => token).catch(nothing)
}

/** A login that ran beside the deletion would make a new account: it is sent as sealed data is. */
export async function deleteAccount(core: Core): Promise<void> {
  const options = { path: '/v1/me', method: 'DELETE' } as const
  await requestSealed(core, core.era, options, () => leave(core))
}
