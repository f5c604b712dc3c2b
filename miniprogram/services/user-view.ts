/**
 * A user, prepared for pages: names and URLs are ready to display, so that WXML computes nothing.
 */

import type { User } from '../../typings/api'
import { getBaseUrl } from '../config'
import { texts } from '../texts'

export interface UserView {
  /** Empty when the user has set none. */
  nickname: string
  /** The name to address the user by, never empty. */
  displayName: string
  /** Absolute URL; empty when the user has set none. */
  avatarUrl: string
  /** Masked, or empty. */
  phone: string
  /** The service's own id, shortened for small print. */
  shortId: string
  /** Whether the user has set an avatar or a nickname. */
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

/** The BFF may return a path, which is relative to the BFF's address. */
function toAbsolute(url: string): string {
  return url.startsWith('/') ? getBaseUrl() + url : url
}
