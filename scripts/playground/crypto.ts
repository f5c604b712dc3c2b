/**
 * The functions of sandbox/crypto.ts for a page, because browsers offer cryptography only over
 * HTTPS and asynchronously. Also decryption and ids for the BFF.
 */
import forge from './forge.mjs'

const { cipher, hmac, md, util } = forge

/** forge represents bytes as characters of a string, like atob and btoa. */
const toCharacters = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')

const toBytes = (characters: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(characters, (character) => character.charCodeAt(0))

export const randomBytes = (length: number): Uint8Array =>
  crypto.getRandomValues(new Uint8Array(length))

export const sha256 = (text: string): Uint8Array =>
  toBytes(md.sha256.create().update(text, 'utf8').digest().getBytes())

export const sha1Hex = (text: string): string =>
  md.sha1.create().update(text, 'utf8').digest().toHex()

export function hmacSha256Hex(key: string, text: string): string {
  const code = hmac.create()
  code.start('sha256', util.encodeUtf8(key))
  code.update(util.encodeUtf8(text))
  return code.digest().toHex()
}

export function encryptAes(text: string, key: Uint8Array, iv: Uint8Array): Uint8Array {
  const work = cipher.createCipher('AES-CBC', toCharacters(key))
  work.start({ iv: toCharacters(iv) })
  work.update(util.createBuffer(text, 'utf8'))
  work.finish()
  return toBytes(work.output.getBytes())
}

/** Null when it was not encrypted with this key. */
export function decryptAes(bytes: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array | null {
  const work = cipher.createDecipher('AES-CBC', toCharacters(key))
  work.start({ iv: toCharacters(iv) })
  work.update(util.createBuffer(toCharacters(bytes)))
  return work.finish() ? toBytes(work.output.getBytes()) : null
}

/** A constant-time comparison is not needed: nobody can time code inside their own page. */
export const isEqual = (one: string, other: string): boolean => one === other

export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

export const fromHex = (text: string): Uint8Array => toBytes(util.hexToBytes(text))

export const toBase64 = (bytes: Uint8Array): string => btoa(toCharacters(bytes))

export const toBase64Url = (bytes: Uint8Array): string =>
  toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

/** @throws DOMException when it is not base64. */
export const fromBase64 = (text: string): Uint8Array<ArrayBuffer> => toBytes(atob(text))

/** A UUID, version 4. */
export function randomId(): string {
  const bytes = randomBytes(16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return toHex(bytes).replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5')
}
