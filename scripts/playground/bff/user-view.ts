/** A user in the contract's format. */
import type { User } from '../../../typings/api'
import type { UserRow } from './store'

const SHOWN_START = 3
const SHOWN_END = 2

export const iso = (ms: number): string => new Date(ms).toISOString()

/** `156******77`: the first three and the last two digits. */
function maskPhone(digits: string): string {
  const hidden = Math.max(0, digits.length - SHOWN_START - SHOWN_END)
  return digits.slice(0, SHOWN_START) + '*'.repeat(hidden) + digits.slice(-SHOWN_END)
}

/** @param origin of this service, as in the request. */
export function showUser(user: UserRow, origin: string): User {
  const { id, openid, unionid, nickname, gender, phone, avatarName, wechatAvatarUrl } = user
  return {
    id,
    openid,
    unionid,
    nickname,
    avatarUrl: avatarName === null ? wechatAvatarUrl : `${origin}/v1/avatars/${avatarName}`,
    gender,
    phone: phone === null ? null : maskPhone(phone.purePhoneNumber),
    createdAt: iso(user.createdAtMs),
    lastLoginAt: iso(user.lastLoginAtMs),
  }
}
