/**
 * Turns any caught error into what the page shows: a title, a sentence, and a hint for developers.
 */

import { developerHint, isAuthError, userMessage } from '../auth/index'
import { getEnvVersion } from '../config'
import { texts } from '../texts'
import { isOnline } from './connectivity'

export interface Failure {
  kind: 'offline' | 'server'
  title: string
  detail: string
  /** What a developer should check; empty when offline, and in trial and released versions. */
  hint: string
}

export async function describeFailure(error: unknown): Promise<Failure> {
  const { failure } = texts
  if (!(await isOnline())) {
    return { kind: 'offline', title: failure.offlineTitle, detail: failure.offlineDetail, hint: '' }
  }
  const hint = getEnvVersion() === 'develop' ? developerHint(error) : ''
  // The phone is online, so there is nothing to check, only to wait.
  return isServersTrouble(error)
    ? { kind: 'server', title: failure.serverTitle, detail: failure.serverDetail, hint }
    : { kind: 'server', title: failure.refusedTitle, detail: messageFor(error), hint }
}

/** Whether the service was unreachable or unavailable to everybody. */
function isServersTrouble(error: unknown): boolean {
  if (!isAuthError(error)) return false
  const { kind, status = 0, code } = error
  return ['network', 'timeout', 'protocol'].includes(kind) || (status >= 500 && code !== 'WX_QUOTA')
}

/** One Chinese sentence for any error. */
export function messageFor(error: unknown): string {
  return isAuthError(error) ? userMessage(error) : texts.common.unexpected
}

/** Whether the server does not know the path: the feature is not configured, or the id is unknown. */
export function isAbsent(error: unknown): boolean {
  return isAuthError(error) && error.code === 'NOT_FOUND'
}

/** Whether the user refused: not a failure. */
export function isRefusal(error: unknown): boolean {
  return isAuthError(error) && error.kind === 'denied'
}

/** Whether WeChat returned its placeholder instead of a profile; the user can still type one. */
export function isAnonymousProfile(error: unknown): boolean {
  return isAuthError(error) && error.code === 'ANONYMOUS_PROFILE'
}

/**
 * Whether the server ended the session: from another device, or because the account was deleted.
 */
export function isEndedElsewhere(error: unknown): boolean {
  return isAuthError(error) && error.kind === 'signed-out' && error.code !== undefined
}

/** Whether the user logged out: not a failure either. */
export function isSignedOut(error: unknown): boolean {
  return isAuthError(error) && error.kind === 'signed-out'
}
