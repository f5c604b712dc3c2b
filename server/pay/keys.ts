/** The merchant's private key and WeChat's public keys, from PEM texts or files. */
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import * as z from 'zod'
import { IS_EMPTY } from '../config/values'
import type { Report } from './config-report'
import { readPem } from './read-file'
import type { WechatKeys } from './signature'

const PUBLIC_KEY_ID = /^PUB_KEY_ID_[0-9A-Za-z]{1,64}$/
const CERTIFICATE_SERIAL = /^[0-9A-Fa-f]{8,64}$/
const MIN_BITS = 2048

const isStrongRsa = ({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean =>
  asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_BITS

function toPrivateKey(pem: string, report: (message: string) => void): KeyObject | null {
  try {
    const key = createPrivateKey(pem)
    if (isStrongRsa(key)) return key
    report(`must be an RSA key of at least ${MIN_BITS} bits`)
  } catch {
    report('must hold a private key in PEM form: apiclient_key.pem')
  }
  return null
}

/** From PAY_PRIVATE_KEY or PAY_PRIVATE_KEY_FILE. @returns null after the fault was reported. */
export function parseMerchantKey(env: NodeJS.ProcessEnv, report: Report): KeyObject | null {
  const { PAY_PRIVATE_KEY: text, PAY_PRIVATE_KEY_FILE: file } = env
  if (text === '' || file === '') {
    report(text === '' ? 'PAY_PRIVATE_KEY' : 'PAY_PRIVATE_KEY_FILE', IS_EMPTY)
    return null
  }
  if (text !== undefined && file !== undefined) {
    report('PAY_PRIVATE_KEY', 'set either it or PAY_PRIVATE_KEY_FILE')
    return null
  }
  const name = file === undefined ? 'PAY_PRIVATE_KEY' : 'PAY_PRIVATE_KEY_FILE'
  const value = file ?? text
  if (value === undefined) {
    report(name, 'is missing')
    return null
  }
  const pem = readPem(value, (message) => report(name, message))
  return pem === null ? null : toPrivateKey(pem, (message) => report(name, message))
}

const keyList = z.record(z.string(), z.string())

/** A certificate must have the serial that it is listed under. */
function toPublicKey(serial: string, pem: string, report: (message: string) => void) {
  try {
    if (pem.includes('PRIVATE KEY')) {
      report('holds a private key; it must be a public key or a certificate of WeChat')
      return null
    }
    if (!pem.includes('BEGIN CERTIFICATE')) return createPublicKey(pem)
    const certificate = new X509Certificate(pem)
    if (certificate.serialNumber.toUpperCase() === serial.toUpperCase()) {
      return certificate.publicKey
    }
    report('is a certificate with another serial')
  } catch {
    report('must hold a public key or a certificate in PEM form')
  }
  return null
}

function parseList(text: string | undefined, report: (message: string) => void) {
  if (text === undefined || text === '') {
    report(text === undefined ? 'is missing' : IS_EMPTY)
    return []
  }
  try {
    const entries = Object.entries(keyList.parse(JSON.parse(text)))
    if (entries.length > 0) return entries
  } catch {
    // Reported below, like an empty list.
  }
  report('must be JSON {"PUB_KEY_ID_…": "PEM or file"}, with one key at least')
  return []
}

/** From PAY_PUBLIC_KEYS, in its order. Entries are named by their place: a name may be misplaced too. */
export function parseWechatKeys(text: string | undefined, report: Report): WechatKeys {
  const keys = new Map<string, KeyObject>()
  const entries = parseList(text, (message) => report('PAY_PUBLIC_KEYS', message))
  for (const [index, [serial, value]] of entries.entries()) {
    const tell = (message: string) => report('PAY_PUBLIC_KEYS', `entry ${index + 1} ${message}`)
    if (!PUBLIC_KEY_ID.test(serial) && !CERTIFICATE_SERIAL.test(serial)) {
      tell('must be named PUB_KEY_ID_… or by the serial of a platform certificate')
      continue
    }
    const pem = readPem(value, tell)
    const key = pem === null ? null : toPublicKey(serial, pem, tell)
    if (key === null) continue
    if (isStrongRsa(key)) keys.set(PUBLIC_KEY_ID.test(serial) ? serial : serial.toUpperCase(), key)
    else tell(`must be an RSA key of at least ${MIN_BITS} bits`)
  }
  return keys
}

/** The merchant's own certificate is not WeChat's: with it no answer could ever be verified. */
export function faultOfKeyPair(
  privateKey: KeyObject,
  serial: string,
  wechatKeys: WechatKeys,
  report: Report,
): void {
  const own = createPublicKey(privateKey)
  for (const [name, key] of wechatKeys) {
    if (!key.equals(own) && name !== serial.toUpperCase()) continue
    const message = "holds the merchant's own key; it must hold WeChat's (API 安全 → 微信支付公钥)"
    report('PAY_PUBLIC_KEYS', message)
  }
}
