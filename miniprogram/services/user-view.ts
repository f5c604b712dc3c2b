/** A user as pages show one: names and addresses ready to display, nothing to compute in WXML. */

import type { User } from '../../typings/api'
import { getBaseUrl } from '../config'
import { texts } from '../texts'

export interface UserView {
  /** Empty when the user has set none. */
  nickname: string
  /** What to call the user, never empty. */
  displayName: string
  /** Absolute; empty when the user has set none. */
  avatarUrl: string
  /** Masked, or empty. */
  phone: string
  /** The service's own id, shortened for a line of small print. */
  shortId: string
  /** Whether the user gave an avatar or a nickname. */
  hasProfile: boolean
}

export function toUserView(user: User): UserView {
  const nickname = user.nickname ?? ''
  const avatarUrl = toAbsolute(user.avatarUrl ?? '')
  return {
    nickname,
    displayName: nickname || texts.user.unnamed,
    avatarUrl,
    phone: user.phone ?? '',
    shortId: user.id.slice(-8),
    hasProfile: nickname !== '' || avatarUrl !== '',
  }
}

/** The BFF may answer a path of its own, which only means something beside its address. */
function toAbsolute(url: string): string {
  return url.startsWith('/') ? getBaseUrl() + url : url
}
