/** Actions on the account itself: phone number, devices and data export. */

import type { Auth } from '../auth/index'
import type { SessionsAnswer } from '../../typings/api'
import { isAuthError } from '../auth/index'
import { texts } from '../texts'
import { isOnline } from './connectivity'
import { isRefusal, messageFor } from './failure'
import { describeInstant } from './instants'

export interface DeviceView {
  id: string
  device: string
  /** As readable text; distinguishes devices with the same name. */
  signedIn: string
  /** As readable text. */
  lastSeen: string
  /** This phone, which the user removes by logging out. */
  current: boolean
}

/** The devices on which the user is logged in, this phone first. */
export async function listDevices(auth: Auth): Promise<DeviceView[]> {
  const { sessions } = await auth.request<SessionsAnswer>({ path: '/v1/sessions' })
  const nowMs = Date.now()
  return sessions
    .map(({ id, device, createdAt, lastSeenAt, current }) => ({
      id,
      device,
      current,
      signedIn: describeInstant(createdAt, nowMs),
      lastSeen: describeInstant(lastSeenAt, nowMs),
    }))
    .sort((left, right) => Number(right.current) - Number(left.current))
}

/**
 * Also resolves when the server does not know the session any more: it expired, or an earlier attempt
 * ended it and the answer was lost.
 */
export async function endDevice(auth: Auth, id: string): Promise<void> {
  try {
    await auth.request({ path: `/v1/sessions/${encodeURIComponent(id)}`, method: 'DELETE' })
  } catch (error) {
    if (!isAuthError(error) || error.code !== 'NOT_FOUND') throw error
  }
}

/** Ends all other sessions of this user. */
export async function endOtherDevices(auth: Auth): Promise<void> {
  await auth.request({ path: '/v1/sessions/end-others', method: 'POST' })
}

/** Deletes the phone number on the server; the user can bind it again. */
export async function removePhone(auth: Auth): Promise<void> {
  await auth.request({ path: '/v1/me/phone', method: 'DELETE' })
  await auth.profile.refresh()
}

/** Deletes the picture on the server. */
export async function removeAvatar(auth: Auth): Promise<void> {
  await auth.request({ path: '/v1/me/avatar', method: 'DELETE' })
  await auth.profile.refresh()
}

/** Deletes the nickname on the server. */
export async function removeNickname(auth: Auth): Promise<void> {
  await auth.request({ path: '/v1/me', method: 'PUT', data: { nickname: null } })
  await auth.profile.refresh()
}

/** All data that the service stores about the user, as readable JSON. */
export async function exportAccount(auth: Auth): Promise<string> {
  return JSON.stringify(await auth.request<object>({ path: '/v1/me/export' }), null, 2)
}

/**
 * The error message when no phone number came. Offline, WeChat's button fails as if it were not
 * permitted, so the network is checked first. A used-up quota or a missing permission is for us to
 * fix, so the user only reads that it is unavailable.
 */
export async function phoneMessageFor(error: unknown): Promise<string> {
  if (isRefusal(error)) return texts.me.phoneRefused
  if (!(await isOnline())) return texts.failure.offlineTitle
  const unavailable = isAuthError(error) && error.kind === 'unsupported'
  return unavailable ? texts.me.phoneUnavailable : messageFor(error)
}
