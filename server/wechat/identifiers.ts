/** How WeChat's identifiers and the URLs of its pictures look in its answers. */
import * as z from 'zod'

/** WeChat documents no length. Databases fail on a NUL, and MySQL ignores a blank at the end. */
export const opaqueId = z.string().regex(/^[\x21-\x7e]{1,128}$/)

/** Missing, null or empty where the app is bound to no open-platform account. */
export const optionalUnionid = z
  .union([opaqueId, z.literal('')])
  .nullish()
  .transform((text) => (text === undefined || text === '' ? null : text))

/** Only pictures that WeChat itself hosts. */
const WECHAT_PICTURE = /^https?:\/\/([a-z0-9-]+\.)*(qlogo|qpic)\.cn\/[\x21-\x7e]*$/

/** @returns the URL of a person's picture over HTTPS (old answers have `http:` for the same picture), or null. */
export const parsePictureUrl = (text: string): string | null =>
  WECHAT_PICTURE.test(text) ? text.replace(/^http:/, 'https:') : null
