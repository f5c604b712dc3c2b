/**
 * Decrypts what WeChat encrypted for a user. If the current session_key fails, the previous key or
 * WeChat itself tells stale data from forged data.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
 */
import * as z from 'zod'
import { SANDBOX_MINI_PROGRAM as APPID } from '../../lib/defaults'
import { decryptAes, fromBase64, sha1Hex, toBase64 } from '../crypto'
import type { Wechat } from '../wechat/wechat'
import { ApiError } from './api-error'
import type { UserRow } from './store'

const KEY_BYTES = 16
/** Limits for a watermark: its age, and how far it may be ahead of our clock. */
const MAX_AGE_MS = 300_000
const MAX_AHEAD_MS = 60_000
const MAX_CHARACTERS = 12_000

export const openDataText = z.string().min(1, 'must not be empty').max(MAX_CHARACTERS)

const opened = z.looseObject({
  watermark: z.looseObject({ appid: z.string(), timestamp: z.number() }),
  openId: z.string().optional(),
})

type Opened = z.infer<typeof opened>

export interface Box {
  encryptedData: string
  iv: string
  /** Only with a profile: the same data as plain text, and its signature. */
  rawData?: string
  signature?: string
}

export const openDataInvalid = (): ApiError =>
  new ApiError('OPEN_DATA_INVALID', 'The open data was not sealed by WeChat for this user.')

const stale = (): ApiError =>
  new ApiError('SESSION_KEY_STALE', 'The data was sealed with another session_key than ours.')

function decodeBase64(text: string): Uint8Array {
  const bytes = fromBase64(text)
  if (toBase64(bytes) !== text) throw new Error('not canonical')
  return bytes
}

/** Null for any failure, because the exact reason would help only a forger. */
function decrypt({ encryptedData, iv }: Box, sessionKey: string): Opened | null {
  try {
    const [key, nonce] = [decodeBase64(sessionKey), decodeBase64(iv)]
    if (key.length !== KEY_BYTES || nonce.length !== KEY_BYTES) return null
    const plain = decryptAes(decodeBase64(encryptedData), key, nonce)
    if (plain === null) return null
    const text = new TextDecoder('utf-8', { fatal: true }).decode(plain)
    return opened.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

function open(box: Box, sessionKey: string, openid: string, nowMs: number): Opened | null {
  const { rawData, signature } = box
  if (rawData !== undefined && sha1Hex(rawData + sessionKey) !== signature) return null
  const data = decrypt(box, sessionKey)
  if (data === null) return null
  const ageMs = nowMs - data.watermark.timestamp * 1000
  const isFresh = ageMs <= MAX_AGE_MS && ageMs >= -MAX_AHEAD_MS
  const isOurs = data.watermark.appid === APPID && (data.openId ?? openid) === openid
  return isFresh && isOurs ? data : null
}

/** @throws ApiError OPEN_DATA_INVALID, SESSION_KEY_STALE */
export async function openData(
  box: Box,
  { openid, sessionKey, previousKey }: UserRow,
  wechat: Pick<Wechat, 'isKeyValid'>,
  nowMs: number,
): Promise<Opened> {
  const data = open(box, sessionKey, openid, nowMs)
  if (data !== null) return data
  if (previousKey !== null && open(box, previousKey, openid, nowMs) !== null) throw stale()
  // When WeChat can't be asked, nothing proves that the key is stale.
  const isValid = await wechat.isKeyValid(openid, sessionKey).catch(() => true)
  throw isValid ? openDataInvalid() : stale()
}
