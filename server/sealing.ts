/**
 * Seals what must not be readable in the database (session_key, phone) with AES-256-GCM.
 *
 * A sealed text is `kid.base64url(nonce | ciphertext | tag)`. The associated data binds it to its
 * owner, its purpose and its key: a sealed text copied to another row does not open. The first key
 * seals and all keys open, so a key is rotated by putting a new one in front.
 *
 * The nonce is a keyed hash of the text and its owner. Sealing the same text again for the same owner
 * therefore gives the same result, so a store can see that a session_key did not change without opening
 * it. Different texts get the same nonce no more often than random nonces would collide.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
} from 'node:crypto'
import type { KeyObject } from 'node:crypto'

const NONCE_BYTES = 12
const TAG_BYTES = 16
const KEY_BYTES = 32
const CIPHER = 'aes-256-gcm'

export interface DataKey {
  kid: string
  /** Exactly 32 bytes. */
  key: Buffer
}

type SealedFor =
  | { purpose: 'session_key' | 'phone'; appid: string; openid: string }
  /** The openid of the orders of a deleted account (rowId: its user id); data of WeChat Pay that does not match our order. */
  | { purpose: 'order_openid' | 'discrepancy'; rowId: string }

export interface Sealer {
  seal(plaintext: string, owner: SealedFor): string
  /** Null when no configured key opens it, or when it was sealed for another owner. */
  open(sealed: string, owner: SealedFor): string | null
}

function associatedData(owner: SealedFor, kid: string): Buffer {
  const names = 'rowId' in owner ? [owner.rowId] : [owner.appid, owner.openid]
  return Buffer.from(JSON.stringify([owner.purpose, ...names, kid]))
}

function tryOpen(key: KeyObject, kid: string, payload: string, owner: SealedFor): string | null {
  const bytes = Buffer.from(payload, 'base64url')
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return null
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  })
  decipher.setAAD(associatedData(owner, kid))
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  try {
    const body = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8')
    return body + decipher.final('utf8')
  } catch {
    return null
  }
}

/** Derives a key for one purpose from a configured one, so that no key serves two purposes. */
export const deriveKey = ({ key }: DataKey, purpose: string): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', key, '', purpose, KEY_BYTES)))

/** @param keys at least one; the first seals. */
export function createSealer(keys: readonly DataKey[]): Sealer {
  const [first] = keys
  if (first === undefined) throw new Error('createSealer needs at least one key')
  const byKid = new Map(keys.map(({ kid, key }) => [kid, createSecretKey(key)]))
  const sealingKey = createSecretKey(first.key)
  const nonceKey = deriveKey(first, 'nonce of a sealed text')

  return {
    seal(plaintext, owner) {
      const bound = associatedData(owner, first.kid)
      // The associated data is JSON, so it is unambiguous where it ends and where the text begins.
      const hash = createHmac('sha256', nonceKey).update(bound).update(plaintext, 'utf8').digest()
      const nonce = hash.subarray(0, NONCE_BYTES)
      const cipher = createCipheriv(CIPHER, sealingKey, nonce, { authTagLength: TAG_BYTES })
      cipher.setAAD(bound)
      const body = cipher.update(plaintext, 'utf8')
      // GCM holds back no bytes, so this only computes the tag.
      cipher.final()
      const payload = Buffer.concat([nonce, body, cipher.getAuthTag()])
      return `${first.kid}.${payload.toString('base64url')}`
    },

    open(sealed, owner) {
      const dot = sealed.indexOf('.')
      const kid = sealed.slice(0, dot)
      const key = byKid.get(kid)
      return key === undefined ? null : tryOpen(key, kid, sealed.slice(dot + 1), owner)
    },
  }
}
