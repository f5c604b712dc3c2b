/** The two ways out: logging out, and deleting the account. Nothing logs in silently afterwards. */
import type { Core } from './core'
import { isAuthError } from './errors'
import { requestOnce } from './request'
import { nothing } from './scope'
import { findToken, leave, ready, replace, withoutLogin } from './session'

/** Here at once, on the server as soon as it answers; never rejects. */
export async function logout(core: Core): Promise<void> {
  const token = leave(core)
  if (token)
    await requestOnce(core, { path: '/v1/logout', method: 'POST' }, () => token).catch(nothing)
}

/** A login that ran beside the deletion would make a new account, so none runs. */
export async function deleteAccount(core: Core): Promise<void> {
  const { era } = core
  for (let last = false; ; last = true) {
    let token = ''
    const find = (): string => (token = findToken(core, era) ?? '')
    await ready(core, era)
    try {
      await withoutLogin(core, async () => {
        await requestOnce(core, { path: '/v1/me', method: 'DELETE' }, find)
        leave(core)
      })
      return
    } catch (error) {
      if (last || !isAuthError(error) || error.status !== 401) throw error
      await replace(core, era, token)
    }
  }
}
