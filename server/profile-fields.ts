/**
 * The fields of a profile that are one value each. The tables, the store, the merge, the copies in Redis,
 * the answers and the export take them from here. A new one also needs its type in
 * typings/api.d.ts, a migration with a column of the same name, and profile/schemas.ts where a client may set it.
 */
import * as z from 'zod'
import type { User } from '../typings/api'

export type ProfileFields = Pick<User, 'nickname' | 'gender'>

/** The schema of the stored values; a client may send fewer. */
export const profileShape = {
  nickname: z.string().nullable(),
  gender: z.union([z.literal(0), z.literal(1), z.literal(2)]),
} satisfies { [Name in keyof ProfileFields]: z.ZodType<ProfileFields[Name]> }

/** The values of a new person. In a merge, a field with this value is taken from the other account. */
export const UNSET: ProfileFields = { nickname: null, gender: 0 }

export const PROFILE_NAMES = Object.keys(UNSET) as (keyof ProfileFields)[]

/** Picks the profile fields of a row or record that has more fields. */
export const pickProfile = ({ nickname, gender }: ProfileFields): ProfileFields => ({
  nickname,
  gender,
})
