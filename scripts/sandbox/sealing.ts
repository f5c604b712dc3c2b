/**
 * Encrypts and signs with a session_key as WeChat does: AES-128-CBC for encryptedData, SHA-1 for
 * rawData, HMAC-SHA256 for login signatures. Shares no code with the server, which is tested by it.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
 */
import { createCipheriv, createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

export interface Sealed {
  readonly encryptedData: string
  readonly iv: string
}

/** Encrypts a text with a session_key (base64 of 16 bytes). `iv` is random by default. */
export function seal(
  text: string,
  sessionKey: string,
  iv = randomBytes(16).toString('base64'),
): Sealed {
  const cipher = createCipheriv(
    'aes-128-cbc',
    Buffer.from(sessionKey, 'base64'),
    Buffer.from(iv, 'base64'),
  )
  const encryptedData = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return { encryptedData: encryptedData.toString('base64'), iv }
}

/** The `signature` of a rawData: SHA-1 over the data and the key as text. */
export const signRawData = (rawData: string, sessionKey: string): string =>
  createHash('sha1')
    .update(rawData + sessionKey, 'utf8')
    .digest('hex')

/** A login signature: HMAC-SHA256 with the text of the session_key as its key, not its bytes. */
export const signMessage = (message: string, sessionKey: string): string =>
  createHmac('sha256', sessionKey).update(message, 'utf8').digest('hex')

export const isSignatureOf = (signature: string, message: string, sessionKey: string): boolean => {
  const expected = Buffer.from(signMessage(message, sessionKey))
  const given = Buffer.from(signature)
  return given.length === expected.length && timingSafeEqual(given, expected)
}
