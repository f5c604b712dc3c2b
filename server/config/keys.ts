/**
 * JWT_SECRETS and DATA_KEYS: lists of `kid:value` pairs. Weak values, duplicates and placeholders
 * copied from the docs are refused, because starting with a guessable key is worse than not starting.
 */
import { createPrivateKey, createPublicKey, hash } from 'node:crypto'
import type { JsonWebKey, KeyObject } from 'node:crypto'
import * as z from 'zod'
import type { DataKey } from '../sealing'
import { parsedBy, InvalidValueError } from './variables'

const KID = /^[A-Za-z0-9_-]{1,32}$/
const MIN_SECRET_BYTES = 32
const MIN_DIFFERENT_CHARACTERS = 10
const DATA_KEY_BYTES = 32
/** Words that documentation shows in place of a real secret. */
const PLACEHOLDER =
  /change[-_ ]?(me|this)|replace[-_ ]?(me|this|with)|your[-_ ](jwt|secret|key)|placeholder/i

/**
 * In a random secret about one in 30 characters is next to its predecessor in the alphabet; in a
 * sequence nearly all are.
 */
const MAX_STEPS_SHARE = 0.5

function isSequence(text: string): boolean {
  const bytes = Buffer.from(text)
  const steps = bytes.filter((byte, index) => Math.abs(byte - (bytes[index - 1] ?? Infinity)) <= 1)
  return steps.length > bytes.length * MAX_STEPS_SHARE
}

interface Pair {
  kid: string
  value: string
}

/**
 * Errors give an entry's position, not its kid: if the kid was forgotten, the text before the first
 * colon is part of the secret.
 * @returns an empty list when an entry is malformed.
 */
function parsePairs(text: string, report: (message: string) => void): Pair[] {
  const pairs = text.split(',').map((entry) => {
    const colon = entry.indexOf(':')
    return { kid: entry.slice(0, Math.max(colon, 0)), value: entry.slice(colon + 1) }
  })
  if (pairs.some(({ kid }) => !KID.test(kid))) {
    report('must be kid:value pairs, divided by commas, each kid of 1 to 32 of A-Z a-z 0-9 _ -')
    return []
  }
  if (new Set(pairs.map(({ kid }) => kid)).size < pairs.length) report('uses a kid twice')
  if (new Set(pairs.map(({ value }) => value)).size < pairs.length) report('holds a value twice')
  return pairs
}

export const jwtSecrets = z.string().transform((text, context) => {
  const report = (message: string) => context.addIssue({ code: 'custom', message })
  const pairs = parsePairs(text, report)
  for (const [index, { value }] of pairs.entries()) {
    const which = `secret ${index + 1}`
    if (Buffer.byteLength(value) < MIN_SECRET_BYTES) {
      report(`${which} must have at least ${MIN_SECRET_BYTES} bytes`)
    } else if (new Set(value).size < MIN_DIFFERENT_CHARACTERS) {
      report(`${which} must have at least ${MIN_DIFFERENT_CHARACTERS} different characters`)
    } else if (isSequence(value)) {
      report(`${which} is a sequence: make one with "openssl rand -base64 48"`)
    } else if (PLACEHOLDER.test(value)) {
      report(`${which} is a placeholder: make one with "openssl rand -base64 48"`)
    }
  }
  return pairs.map(({ kid, value }) => ({ kid, secret: value }))
})

export const dataKeys = z.string().transform((text, context): DataKey[] => {
  const report = (message: string) => context.addIssue({ code: 'custom', message })
  const pairs = parsePairs(text, report)
  const keys = pairs.map(({ kid, value }) => ({ kid, key: Buffer.from(value, 'base64'), value }))
  for (const [index, { key, value }] of keys.entries()) {
    const which = `key ${index + 1}`
    if (key.length !== DATA_KEY_BYTES || key.toString('base64') !== value) {
      report(`${which} must be base64 of ${DATA_KEY_BYTES} bytes: "openssl rand -base64 32"`)
    } else if (key.every((byte) => byte === key[0])) {
      report(`${which} has all bytes equal: make one with "openssl rand -base64 32"`)
    }
  }
  return keys.map(({ kid, key }) => ({ kid, key }))
})

/** An ES256 key that signs tokens, and what others need to verify them. */
export interface SigningKey {
  /** The thumbprint of RFC 7638. */
  kid: string
  privateKey: KeyObject
  publicKey: KeyObject
}

function toSigningKey(pem: string): SigningKey | null {
  const privateKey = createPrivateKey(pem)
  if (privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') return null
  const publicKey = createPublicKey(privateKey)
  const { crv, kty, x, y }: JsonWebKey = publicKey.export({ format: 'jwk' })
  const kid = hash('sha256', JSON.stringify({ crv, kty, x, y }), 'base64url')
  return { kid, privateKey, publicKey }
}

const PRIVATE_KEY = /-----BEGIN ((?:[A-Z]+ )*)PRIVATE KEY-----[^-]*-----END \1PRIVATE KEY-----/g
/** `openssl ecparam -genkey` without -noout writes these before the key. */
const EC_PARAMETERS = /-----BEGIN EC PARAMETERS-----[^-]*-----END EC PARAMETERS-----/g

const MUST_BE_P256 =
  'must be a P-256 private key as PEM: "openssl ecparam -name prime256v1 -genkey -noout"'

/** Null when one of them is not a key for ES256, or when there is anything beside the keys, such as a damaged one. */
function toSigningKeys(pems: string): SigningKey[] | null {
  const others = pems.replace(EC_PARAMETERS, '').replace(PRIVATE_KEY, '')
  if (others.trim() !== '') return null
  try {
    const keys = (pems.match(PRIVATE_KEY) ?? []).map(toSigningKey)
    return keys.length > 0 && keys.every((key) => key !== null) ? keys : null
  } catch {
    // OpenSSL's message does not help the operator.
    return null
  }
}

/**
 * One or more keys, one after the other: the first signs, all verify. Line breaks may be written as
 * \n, since an environment variable often has only one line.
 */
export const jwtSigningKeys = parsedBy((text): SigningKey[] => {
  const keys = toSigningKeys(text.replaceAll('\\n', '\n'))
  if (keys === null) throw new InvalidValueError(MUST_BE_P256)
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length) {
    throw new InvalidValueError('holds a key twice')
  }
  return keys
})
