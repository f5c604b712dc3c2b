/**
 * Encrypts and signs with a session_key as WeChat does: AES-128-CBC for encryptedData, SHA-1 for
 * rawData, HMAC-SHA256 for login signatures. Shares no code with the server, because it is used to
 * test the server.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
 */
import {
  encryptAes,
  fromBase64,
  hmacSha256Hex,
  isEqual,
  randomBytes,
  sha1Hex,
  toBase64,
} from './crypto'

export interface Sealed {
  readonly encryptedData: string
  readonly iv: string
}

/** Encrypts a text with a session_key (base64 of 16 bytes). `iv` is random by default. */
export function seal(text: string, sessionKey: string, iv = toBase64(randomBytes(16))): Sealed {
  const encrypted = encryptAes(text, fromBase64(sessionKey), fromBase64(iv))
  return { encryptedData: toBase64(encrypted), iv }
}

/** The `signature` of a rawData: SHA-1 over the data and the key as text. */
export const signRawData = (rawData: string, sessionKey: string): string =>
  sha1Hex(rawData + sessionKey)

/** A login signature: HMAC-SHA256 with the text of the session_key as its key, not its bytes. */
export const signMessage = (message: string, sessionKey: string): string =>
  hmacSha256Hex(sessionKey, message)

export const isSignatureOf = (signature: string, message: string, sessionKey: string): boolean =>
  isEqual(signature, signMessage(message, sessionKey))
