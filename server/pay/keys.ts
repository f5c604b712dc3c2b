/** The merchant's private key and WeChat's public keys, from PEM texts or files. */
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { parsedBy, parseJson, InvalidValueError } from '../config/variables'
import type { WechatKeys } from './signature'

const PUBLIC_KEY_ID = /^PUB_KEY_ID_[0-9A-Za-z]{1,64}$/
const CERTIFICATE_SERIAL = /^[0-9A-Fa-f]{8,64}$/
const MIN_BITS = 2048

/** @throws InvalidValueError with this message in place of any other error, which could show the value. */
function orFault<T>(read: () => T, message: string): T {
  try {
    return read()
  } catch {
    throw new InvalidValueError(message)
  }
}

/** @throws InvalidValueError */
export const readTextFile = (file: string): string =>
  orFault(() => readFileSync(file, 'utf8'), 'names a file that this user cannot read')

/** A PEM text, whose line breaks may be written as `\n` by a shell or a panel, or the name of its file. */
const readPem = (text: string): string =>
  text.includes('-----BEGIN') ? text.replaceAll('\\n', '\n') : readTextFile(text)

function strongRsa(key: KeyObject): KeyObject {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (key.asymmetricKeyType === 'rsa' && bits >= MIN_BITS) return key
  throw new InvalidValueError(`must be an RSA key of at least ${MIN_BITS} bits`)
}

export const merchantKey = parsedBy((text) => {
  const pem = readPem(text)
  const message = 'must hold a private key in PEM form: apiclient_key.pem'
  return strongRsa(orFault(() => createPrivateKey(pem), message))
})

/** A certificate must be listed under its own serial. */
function parseWechatKey(serial: string, text: string): KeyObject {
  if (!PUBLIC_KEY_ID.test(serial) && !CERTIFICATE_SERIAL.test(serial)) {
    throw new InvalidValueError(
      'must be named PUB_KEY_ID_… or by the serial of a platform certificate',
    )
  }
  const pem = readPem(text)
  if (pem.includes('PRIVATE KEY')) {
    throw new InvalidValueError(
      'holds a private key; it must be a public key or a certificate of WeChat',
    )
  }
  const message = 'must hold a public key or a certificate in PEM form'
  if (!pem.includes('BEGIN CERTIFICATE')) {
    return strongRsa(orFault(() => createPublicKey(pem), message))
  }
  const certificate = orFault(() => new X509Certificate(pem), message)
  if (certificate.serialNumber.toUpperCase() !== serial.toUpperCase()) {
    throw new InvalidValueError('is a certificate with another serial')
  }
  return strongRsa(certificate.publicKey)
}

const namedKeys = parsedBy((text) => {
  const message = 'must be JSON {"PUB_KEY_ID_…": "PEM or file"}, with one key at least'
  const parsed = z.record(z.string(), z.string()).safeParse(parseJson(text, message))
  if (parsed.success && Object.keys(parsed.data).length > 0) return parsed.data
  throw new InvalidValueError(message)
})

/** WeChat's keys by name, in the listed order. Faults name a key by its position: its name may be a misplaced value. */
export const wechatKeys = namedKeys.transform((named, context): WechatKeys => {
  const keys = new Map<string, KeyObject>()
  for (const [index, [name, text]] of Object.entries(named).entries()) {
    try {
      const key = parseWechatKey(name, text)
      keys.set(PUBLIC_KEY_ID.test(name) ? name : name.toUpperCase(), key)
    } catch (error) {
      if (!(error instanceof InvalidValueError)) throw error
      context.addIssue({ code: 'custom', message: `entry ${index + 1} ${error.message}` })
    }
  }
  return keys
})

/** True if the merchant's own key is listed as WeChat's. Then no answer could ever be verified. */
export function holdsOwnKey(keys: WechatKeys, privateKey: KeyObject, serial: string): boolean {
  const own = createPublicKey(privateKey)
  return [...keys].some(([name, key]) => key.equals(own) || name === serial.toUpperCase())
}
