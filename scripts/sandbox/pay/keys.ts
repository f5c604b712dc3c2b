/**
 * The keys of the sandbox's merchant and of WeChat Pay. They are made when they are first needed and
 * last until the process ends, also across a reset, so that a configured backend keeps working.
 */
import { createPublicKey, generateKeyPairSync, randomBytes, randomInt } from 'node:crypto'
import { pki, md } from 'node-forge'
import { randomAlphanumeric } from '../world/random'

export type KeyKind = 'public-key' | 'certificate'

/** A key that WeChat Pay signs with. */
export interface PlatformKey {
  /** `PUB_KEY_ID_…`, or the serial of a certificate. */
  readonly id: string
  readonly kind: KeyKind
  readonly privatePem: string
  /** The public key or the certificate. */
  readonly pem: string
  readonly madeAtMs: number
}

interface MerchantKey {
  readonly serial: string
  readonly privatePem: string
  readonly publicPem: string
  /** 32 characters. */
  readonly apiV3Key: string
}

export interface PayKeys {
  merchant(): MerchantKey
  /** All platform keys, the newest of each kind last. */
  platform(): readonly PlatformKey[]
  newest(kind: KeyKind): PlatformKey
  rotate(kind: KeyKind): PlatformKey
  /** Forgets the keys of later rotations. */
  reset(): void
}

export const CERTIFICATE_DAYS = 5 * 365
const DAY_MS = 24 * 3600 * 1000

/** The keys as PEM. */
export const makePair = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })

/** 40 hex digits. The first one is below 8: a serial is a positive number. */
const makeSerial = (): string => `5${randomBytes(20).toString('hex').slice(1)}`.toUpperCase()

/** node-forge makes the certificate, since Node only reads them. @returns it as PEM. */
export function makeCertificate(
  serial: string,
  pair: { publicKey: string; privateKey: string },
): string {
  const certificate = pki.createCertificate()
  certificate.publicKey = pki.publicKeyFromPem(pair.publicKey)
  certificate.serialNumber = serial.toLowerCase()
  certificate.validity.notBefore = new Date(Date.now() - DAY_MS)
  certificate.validity.notAfter = new Date(Date.now() + CERTIFICATE_DAYS * DAY_MS)
  const name = [{ name: 'commonName', value: 'Sandbox of WeChat Pay' }]
  certificate.setSubject(name)
  certificate.setIssuer(name)
  certificate.sign(pki.privateKeyFromPem(pair.privateKey), md.sha256.create())
  return pki.certificateToPem(certificate)
}

function makePlatformKey(kind: KeyKind): PlatformKey {
  const pair = makePair()
  const made = { kind, privatePem: pair.privateKey, madeAtMs: Date.now() }
  if (kind === 'certificate') {
    const serial = makeSerial()
    return { ...made, id: serial, pem: makeCertificate(serial, pair) }
  }
  const digits = Array.from({ length: 32 }, () => randomInt(10)).join('')
  return { ...made, id: `PUB_KEY_ID_${digits}`, pem: pair.publicKey }
}

function makeMerchantKey(): MerchantKey {
  const { privateKey: privatePem, publicKey: publicPem } = makePair()
  return { serial: makeSerial(), privatePem, publicPem, apiV3Key: randomAlphanumeric(32) }
}

/** All sandboxes of a process begin with the same keys, since it takes a second to make them. */
let merchant: MerchantKey | undefined
let firstPlatform: PlatformKey[] | undefined

export function createPayKeys(): PayKeys {
  let rotated: PlatformKey[] = []
  const all = (): PlatformKey[] => {
    firstPlatform ??= [makePlatformKey('public-key'), makePlatformKey('certificate')]
    return [...firstPlatform, ...rotated]
  }
  const newest = (kind: KeyKind): PlatformKey => {
    const key = all().findLast((each) => each.kind === kind)
    if (key === undefined) throw new Error(`there is no ${kind}`)
    return key
  }
  return {
    merchant: () => (merchant ??= makeMerchantKey()),
    platform: all,
    newest,
    rotate: (kind) => {
      rotated = [...rotated, makePlatformKey(kind)]
      return newest(kind)
    },
    reset: () => {
      rotated = []
    },
  }
}

/** The public key of a platform key, as PEM. */
export const publicPemOf = (key: PlatformKey): string =>
  createPublicKey(key.privatePem).export({ type: 'spki', format: 'pem' }).toString()
