/**
 * The cryptography of WeChat's rules, over bytes and strings. It is the world's only dependency on
 * Node; the playground replaces it by a version for browsers.
 */
import * as node from 'node:crypto'

export const randomBytes = (length: number): Uint8Array => node.randomBytes(length)

export const sha256 = (text: string): Uint8Array => node.createHash('sha256').update(text).digest()

export const sha1Hex = (text: string): string => node.createHash('sha1').update(text).digest('hex')

export const hmacSha256Hex = (key: string, text: string): string =>
  node.createHmac('sha256', key).update(text).digest('hex')

/** AES-128-CBC with PKCS#7 padding. */
export function encryptAes(text: string, key: Uint8Array, iv: Uint8Array): Uint8Array {
  const cipher = node.createCipheriv('aes-128-cbc', key, iv)
  return Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
}

/** In constant time. */
export function isEqual(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && node.timingSafeEqual(left, right)
}

export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

export const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

export const toBase64Url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')

export const fromBase64 = (text: string): Uint8Array => Buffer.from(text, 'base64')
