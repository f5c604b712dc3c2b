/** What a user may do with the account itself: phone number, devices and a copy of everything. */

import type { Auth } from '../auth/index'
import type { SessionsAnswer } from '../../typings/api'
import { isAuthError } from '../auth/index'
import { texts } from '../texts'
import { isRefusal, messageFor } from './failure'
import { describeInstant } from './instants'

export interface DeviceView {
  id: string
  device: string
  /** In words. */
  lastSeen: string
  /** This phone: it leaves by logging out. */
  current: boolean
}

/** Where the user is logged in, this phone first. */
export async function listDevices(auth: Auth): Promise<DeviceView[]> {
  const { sessions } = await auth.request<SessionsAnswer>({ path: '/v1/sessions' })
  const nowMs = Date.now()
  return sessions
    .map(({ id, device, lastSeenAt, current }) => ({
      id,
      device,
      current,
      lastSeen: describeInstant(lastSeenAt, nowMs),
    }))
    .sort((left, right) => Number(right.current) - Number(left.current))
}

/** Also resolves when it was ended already: by itself, or by an attempt whose answer was lost. */
export async function endDevice(auth: Auth, id: string): Promise<void> {
  try {
    await auth.request({ path: `/v1/sessions/${encodeURIComponent(id)}`, method: 'DELETE' })
  } catch (error) {
    if (!isAuthError(error) || error.code !== 'NOT_FOUND') throw error
  }
}

/** Everything the service holds about the user, as readable JSON. */
export async function exportAccount(auth: Auth): Promise<string> {
  return JSON.stringify(await auth.request<object>({ path: '/v1/me/export' }), null, 2)
}

/**
 * Why no phone number came. A quota that is used up and an account without the permission are ours to
 * mend, not the user's: both just say that it can't be done now.
 */
export function phoneMessageFor(error: unknown): string {
  if (isRefusal(error)) return texts.me.phoneRefused
  const unavailable = isAuthError(error) && error.kind === 'unsupported'
  return unavailable ? texts.me.phoneUnavailable : messageFor(error)
}
