/** How WeChat's identifiers look in its answers. */
import * as z from 'zod'

/** WeChat documents no length. Databases fail on a NUL, and MySQL ignores a blank at the end. */
export const opaqueId = z.string().regex(/^[\x21-\x7e]{1,128}$/)

/** Missing, null or empty where the app is bound to no open-platform account. */
export const optionalUnionid = z
  .union([opaqueId, z.literal('')])
  .nullish()
  .transform((text) => (text === undefined || text === '' ? null : text))
