/**
 * Opens data that WeChat sealed for this person: signature, AES-128-CBC, watermark.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
 *
 * Every failure gives the same `null`, because knowing which check failed would help only a forger. A wrong
 * iv keeps the padding valid and a wrong key does so once in 256, so we always check JSON and watermark.
 */
import { createDecipheriv, hash, timingSafeEqual } from 'node:crypto'
import * as z from 'zod'

const KEY_BYTES = 16
/** WeChat's watermark may be this old, and this far ahead of our clock. */
const MAX_AGE_MS = 300_000
const MAX_AHEAD_MS = 60_000

/** Strict base64: canonical, padded, nothing around it. */
function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : null
}

/** `hex(sha1(rawData + session_key))` over rawData as it was received, compared in constant time. */
export function verifySignature(rawData: string, signature: string, sessionKey: string): boolean {
  const given = Buffer.from(signature)
  const wanted = Buffer.from(hash('sha1', rawData + sessionKey))
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

/** The plaintext's JSON, or null for any fault. */
export function decryptOpenData(encryptedData: string, iv: string, sessionKey: string): unknown {
  const [key, nonce, body] = [sessionKey, iv, encryptedData].map(decodeBase64)
  if (key?.length !== KEY_BYTES || nonce?.length !== KEY_BYTES || !body || body.length === 0) {
    return null
  }
  try {
    const decipher = createDecipheriv('aes-128-cbc', key, nonce)
    const plain = Buffer.concat([decipher.update(body), decipher.final()])
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(plain)) as unknown
  } catch {
    return null
  }
}

const sealed = z.looseObject({
  watermark: z.looseObject({ appid: z.string(), timestamp: z.number() }),
  openId: z.string().optional(),
})

interface OpenDataOwner {
  appid: string
  openid: string
}

/** @returns the opened object when it was made for this person of this app within the last 5 minutes. */
export function openData(
  sealedData: { encryptedData: string; iv: string },
  sessionKey: string,
  owner: OpenDataOwner,
  nowMs: number,
): Record<string, unknown> | null {
  const parsed = sealed.safeParse(
    decryptOpenData(sealedData.encryptedData, sealedData.iv, sessionKey),
  )
  if (!parsed.success) return null
  const { watermark, openId } = parsed.data
  const ageMs = nowMs - watermark.timestamp * 1000
  const fresh = ageMs <= MAX_AGE_MS && ageMs >= -MAX_AHEAD_MS
  const ours = watermark.appid === owner.appid && (openId === undefined || openId === owner.openid)
  return fresh && ours ? parsed.data : null
}
