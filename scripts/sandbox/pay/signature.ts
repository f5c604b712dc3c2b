/**
 * Signatures and encryption of WeChat Pay API v3: RSA with SHA-256 and AES-256-GCM. Shares no code with
 * the server.
 * https://pay.weixin.qq.com/doc/v3/merchant/4012365342
 */
import { createCipheriv, sign, verify } from 'node:crypto'
import { randomAlphanumeric, randomHex } from '../world/random'

const AUTHORIZATION_SCHEME = 'WECHATPAY2-SHA256-RSA2048'

/** Each part on a line of its own. */
export const messageOf = (...parts: string[]): string => parts.map((part) => `${part}\n`).join('')

const signText = (text: string, privatePem: string): string =>
  sign('sha256', Buffer.from(text), privatePem).toString('base64')

export const isSignedBy = (text: string, signature: string, publicPem: string): boolean =>
  verify('sha256', Buffer.from(text), publicPem, Buffer.from(signature, 'base64'))

/** The fields of an Authorization header, or null when it has another scheme. */
export function parseAuthorization(header: string): Readonly<Record<string, string>> | null {
  if (!header.startsWith(`${AUTHORIZATION_SCHEME} `)) return null
  const fields = [...header.matchAll(/(\w+)="([^"]*)"/g)]
  return Object.fromEntries(fields.map(([, name = '', value = '']) => [name, value]))
}

/** The headers with which WeChat Pay signs an answer or a notice. */
export function signedHeaders(
  body: string,
  key: { id: string; privatePem: string },
  atMs = Date.now(),
): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1000))
  const nonce = randomHex(32)
  return {
    'Wechatpay-Timestamp': timestamp,
    'Wechatpay-Nonce': nonce,
    'Wechatpay-Serial': key.id,
    'Wechatpay-Signature': signText(messageOf(timestamp, nonce, body), key.privatePem),
    'Wechatpay-Signature-Type': AUTHORIZATION_SCHEME,
  }
}

export interface Resource {
  readonly algorithm: string
  readonly nonce: string
  readonly associated_data: string
  readonly ciphertext: string
}

/** The tag is appended to the ciphertext. `nonce` is random by default. */
export function encrypt(
  plain: string,
  apiV3Key: string,
  associatedData: string,
  nonce = randomAlphanumeric(12),
): Resource {
  const cipher = createCipheriv('aes-256-gcm', apiV3Key, nonce)
  cipher.setAAD(Buffer.from(associatedData))
  const bytes = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return {
    algorithm: 'AEAD_AES_256_GCM',
    nonce,
    associated_data: associatedData,
    ciphertext: bytes.toString('base64'),
  }
}
