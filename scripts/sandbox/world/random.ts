/** Identifiers in WeChat's form: random ones, and ones derived from a name, which never change. */
import { randomBytes, sha256, toBase64, toBase64Url, toHex } from '../crypto'

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const OPENID_LENGTH = 28
/** The openids of an app begin with the same six characters: `o` and these five. */
const APP_PART_LENGTH = 5
const ACCESS_TOKEN_LENGTH = 512
const REFRESH_TOKEN_LENGTH = 128

/** Letters and digits, as in a login code. */
export function randomAlphanumeric(length: number): string {
  let text = ''
  for (const byte of randomBytes(length)) text += ALPHANUMERIC.charAt(byte % ALPHANUMERIC.length)
  return text
}

/** A jsapi_ticket: base64url of 64 bytes. */
export const randomTicket = (): string => toBase64Url(randomBytes(64))

/** Lower-case hex digits, as in a phone code. */
export const randomHex = (length: number): string => toHex(randomBytes(length / 2))

/** A session_key: base64 of 16 bytes. */
export const randomSessionKey = (): string => toBase64(randomBytes(16))

const opaque = (length: number): string => {
  const head = `${10 + ((randomBytes(1)[0] ?? 0) % 90)}_`
  return head + toBase64Url(randomBytes(length)).slice(0, length - head.length)
}

/** As long as WeChat's documentation allows, so that a column that is too short fails. */
export const randomAccessToken = (): string => opaque(ACCESS_TOKEN_LENGTH)

export const randomRefreshToken = (): string => opaque(REFRESH_TOKEN_LENGTH)

const digest = (...parts: string[]): Uint8Array => sha256(parts.join('\0'))

/** `o`, then what all ids of this scope share, then the person's own part. */
function derivedId(kind: string, scope: string, user: string): string {
  const shared = toBase64Url(digest(kind, scope)).slice(0, APP_PART_LENGTH)
  const own = toBase64Url(digest(kind, scope, user))
  return `o${shared}${own}`.slice(0, OPENID_LENGTH)
}

/** Depends on the name only, so that a backend's database is still right after a restart. */
export const openidOf = (appid: string, user: string): string => derivedId('openid', appid, user)

/** True for what can be an openid of this app, also of a person who is not known yet. */
export const hasOpenidForm = (appid: string, openid: string): boolean =>
  openid.length === OPENID_LENGTH &&
  openid.slice(0, APP_PART_LENGTH + 1) === openidOf(appid, '').slice(0, APP_PART_LENGTH + 1)

/** One id per person and open-platform account. */
export const unionidOf = (openAccount: string, user: string): string =>
  derivedId('unionid', openAccount, user)

/** A number of the range that WeChat reserves for tests, so it belongs to nobody. */
export function phoneOf(user: string): string {
  const { buffer, byteOffset } = digest('phone', user)
  const number = new DataView(buffer, byteOffset).getUint32(0) % 10_000
  return `1206660${String(number).padStart(4, '0')}`
}

/** A picture address that looks like WeChat's. */
export const avatarUrlOf = (user: string): string =>
  `https://thirdwx.qlogo.cn/mmopen/vi_32/${toHex(digest('avatar', user))}/132`
