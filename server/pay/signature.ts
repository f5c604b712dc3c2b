/**
 * The cryptography of WeChat Pay API v3 over node:crypto: RSA PKCS#1 v1.5 with SHA-256 both ways,
 * and AES-256-GCM for the content of notices. We use no package: of those for Node, one never
 * checks the GCM tag and another does not handle notices.
 * https://pay.weixin.qq.com/doc/v3/merchant/4012365342
 */
import { createDecipheriv, randomBytes, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { PaymentParameters } from '../../typings/api'

const DIGEST = 'RSA-SHA256'
const SCHEME = 'WECHATPAY2-SHA256-RSA2048'
const GCM_NONCE_BYTES = 12
const GCM_TAG_BYTES = 16
/** Beyond this a message is a replay, or one of the two clocks is wrong. */
const MAX_SKEW_SECONDS = 300

export interface Merchant {
  mchid: string
  /** The serial of the merchant's certificate. */
  serial: string
  privateKey: KeyObject
}

/** WeChat's public keys by `PUB_KEY_ID_…` or by the serial of a platform certificate, in capitals. */
export type WechatKeys = ReadonlyMap<string, KeyObject>

export type VerificationFailure = 'headers' | 'time' | 'serial' | 'signature' | 'tag'

const MESSAGES: Readonly<Record<VerificationFailure, string>> = {
  headers: 'a Wechatpay-* header is missing or malformed',
  time: 'Wechatpay-Timestamp is more than 300 s away from this clock',
  serial: 'Wechatpay-Serial names a key that PAY_PUBLIC_KEYS does not hold',
  signature: 'Wechatpay-Signature does not fit',
  tag: 'the ciphertext does not open with PAY_API_V3_KEY',
}

/** A message that claims to be from WeChat and can't be proven to be. */
export class UntrustedMessageError extends Error {
  override readonly name = 'UntrustedMessageError'
  constructor(readonly reason: VerificationFailure) {
    super(MESSAGES[reason])
  }
}

const lines = (...parts: string[]): string => parts.map((part) => `${part}\n`).join('')

const signText = (text: string, key: KeyObject): string =>
  sign(DIGEST, Buffer.from(text, 'utf8'), key).toString('base64')

/** 32 hexadecimal characters. */
export const createNonce = (): string => randomBytes(16).toString('hex')

export const toUnixSeconds = (nowMs: number): string => String(Math.floor(nowMs / 1000))

interface RequestToSign {
  method: 'GET' | 'POST'
  /** Path and query exactly as they are sent. */
  path: string
  timestamp: string
  nonce: string
  /** Exactly the text that is sent; '' for a GET. */
  body: string
}

/** The `Authorization` header of a request. */
export function authorizationOf(
  { method, path, timestamp, nonce, body }: RequestToSign,
  merchant: Merchant,
): string {
  const fields = {
    mchid: merchant.mchid,
    nonce_str: nonce,
    signature: signText(lines(method, path, timestamp, nonce, body), merchant.privateKey),
    timestamp,
    serial_no: merchant.serial,
  }
  const list = Object.entries(fields).map(([name, value]) => `${name}="${value}"`)
  return `${SCHEME} ${list.join(',')}`
}

/**
 * Signs the parameters of `wx.requestPayment`.
 * https://pay.weixin.qq.com/doc/v3/merchant/4012365341
 */
export function signPayment(
  {
    appid,
    prepayId,
    timestamp,
    nonce,
  }: Record<'appid' | 'prepayId' | 'timestamp' | 'nonce', string>,
  key: KeyObject,
): PaymentParameters {
  const packageText = `prepay_id=${prepayId}`
  return {
    timeStamp: timestamp,
    nonceStr: nonce,
    package: packageText,
    signType: 'RSA',
    paySign: signText(lines(appid, timestamp, nonce, packageText), key),
  }
}

/** An answer or a notice of WeChat as received. */
export interface SignedMessage {
  /** By lower-case name. */
  headers: Readonly<Record<string, string | string[] | undefined>>
  /** The raw bytes: parsing and writing them again would change them. */
  body: Buffer
}

/**
 * @throws UntrustedMessageError unless one of WeChat's configured keys signed exactly these bytes
 * within the last or next 300 s.
 */
export function assertFromWechat(
  { headers, body }: SignedMessage,
  keys: WechatKeys,
  nowMs: number,
): void {
  const [timestamp, nonce, serial, signature] = ['timestamp', 'nonce', 'serial', 'signature'].map(
    (name) => headers[`wechatpay-${name}`],
  )
  if (
    typeof timestamp !== 'string' ||
    typeof nonce !== 'string' ||
    typeof serial !== 'string' ||
    typeof signature !== 'string' ||
    !/^\d{1,12}$/.test(timestamp)
  ) {
    throw new UntrustedMessageError('headers')
  }
  if (Math.abs(Number(toUnixSeconds(nowMs)) - Number(timestamp)) > MAX_SKEW_SECONDS) {
    throw new UntrustedMessageError('time')
  }
  const key = keys.get(serial) ?? keys.get(serial.toUpperCase())
  if (key === undefined) throw new UntrustedMessageError('serial')
  const signed = Buffer.concat([Buffer.from(lines(timestamp, nonce)), body, Buffer.from('\n')])
  if (!verify(DIGEST, signed, key, Buffer.from(signature, 'base64'))) {
    throw new UntrustedMessageError('signature')
  }
}

interface EncryptedResource {
  /** Base64 of ciphertext and tag. */
  ciphertext: string
  nonce: string
  associated_data?: string | null | undefined
}

/**
 * Decrypts AEAD_AES_256_GCM; returns nothing before the tag is verified.
 *
 * @throws UntrustedMessageError
 */
export function decryptResource(resource: EncryptedResource, apiV3Key: KeyObject): string {
  const bytes = Buffer.from(resource.ciphertext, 'base64')
  const nonce = Buffer.from(resource.nonce, 'utf8')
  if (bytes.length < GCM_TAG_BYTES || nonce.length !== GCM_NONCE_BYTES) {
    throw new UntrustedMessageError('tag')
  }
  const options = { authTagLength: GCM_TAG_BYTES }
  const decipher = createDecipheriv('aes-256-gcm', apiV3Key, nonce, options)
  decipher.setAAD(Buffer.from(resource.associated_data ?? '', 'utf8'))
  decipher.setAuthTag(bytes.subarray(-GCM_TAG_BYTES))
  try {
    const opened = decipher.update(bytes.subarray(0, -GCM_TAG_BYTES))
    return Buffer.concat([opened, decipher.final()]).toString('utf8')
  } catch {
    throw new UntrustedMessageError('tag')
  }
}
