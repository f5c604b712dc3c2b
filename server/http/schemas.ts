/** Bodies as the contract allows them: unknown fields are refused, and every fault names its place. */
import { z } from 'zod'
import { parseNickname } from '../profile/nickname'

/** WeChat's codes are 32 to 64 of these; the literal code of DevTools' guest mode has blanks. */
const code = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be 1 to 128 of A-Z a-z 0-9 _ -')

const MAX_OPEN_DATA_CHARACTERS = 12_000
const openDataText = z.string().min(1, 'must not be empty').max(MAX_OPEN_DATA_CHARACTERS)

const nickname = z.string().transform((text, context) => {
  const parsed = parseNickname(text)
  if (parsed.fault === null) return parsed.nickname
  context.addIssue({ code: 'custom', message: parsed.fault })
  return z.NEVER
})

export const loginBody = z.strictObject({
  code,
  appid: z.string().min(1).max(64).optional(),
})

export const updateMeBody = z.strictObject({ nickname: nickname.optional() })

export const wechatProfileBody = z.strictObject({
  rawData: openDataText,
  signature: openDataText,
  encryptedData: openDataText,
  iv: openDataText,
})
