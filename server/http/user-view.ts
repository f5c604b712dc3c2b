/** Converts a stored user to the contract's `User`. */
import type { Request } from 'express'
import * as z from 'zod'
import type { User } from '../../typings/api'
import type { Config } from '../config'
import { pickProfile, profileShape } from '../profile-fields'
import type { UserRecord } from '../store/store'
import { instant, iso } from './schemas'

export const userAnswer = z.strictObject({
  id: z.string(),
  openid: z.string().nullable(),
  unionid: z.string().nullable(),
  ...profileShape,
  avatarUrl: z.string().nullable(),
  phone: z.string().nullable().describe('masked, 156******77'),
  createdAt: instant,
  lastLoginAt: instant,
}) satisfies z.ZodType<User>

export type ShowUser = (user: UserRecord, req: Request) => User

export function createShowUser({
  exposeOpenid,
  publicUrl,
}: Pick<Config, 'exposeOpenid' | 'publicUrl'>): ShowUser {
  /** A picture stored here takes precedence over one that WeChat hosts. */
  function avatarUrlOf(user: UserRecord, req: Request): string | null {
    if (user.avatarName === null) return user.avatarUrl
    const { host = '' } = req.headers
    // Without a Host header we answer a relative URL.
    const origin = publicUrl ?? (host === '' ? '' : `${req.protocol}://${host}`)
    return `${origin}${req.baseUrl}/v1/avatars/${user.avatarName}`
  }

  return (user, req) => ({
    id: user.id,
    openid: exposeOpenid ? user.openid : null,
    unionid: exposeOpenid ? user.unionid : null,
    ...pickProfile(user),
    avatarUrl: avatarUrlOf(user, req),
    phone: user.phoneMasked,
    createdAt: iso(user.createdAtMs),
    lastLoginAt: iso(user.lastLoginAtMs),
  })
}
