import * as z from 'zod'
import type {
  PhoneBody,
  SessionCheckAnswer,
  UpdateMeBody,
  WechatProfileBody,
} from '../../typings/api'
import { code, wellFormedText } from '../http/schemas'
import { parseNickname } from '../nickname'

const MAX_OPEN_DATA_CHARACTERS = 12_000
const openDataText = wellFormedText.min(1, 'must not be empty').max(MAX_OPEN_DATA_CHARACTERS)

const nickname = z
  .string()
  .transform((text, context) => {
    const parsed = parseNickname(text)
    if (parsed.fault === null) return parsed.nickname
    context.addIssue({ code: 'custom', message: parsed.fault })
    return z.NEVER
  })
  .describe('1 to 32 graphemes after NFC and trimming')

export const updateMeBody = z.strictObject({
  nickname: nickname.nullable().exactOptional(),
}) satisfies z.ZodType<UpdateMeBody>

export const wechatProfileBody = z.strictObject({
  rawData: openDataText,
  signature: openDataText,
  encryptedData: openDataText,
  iv: openDataText,
}) satisfies z.ZodType<WechatProfileBody>

export const phoneBody = z.union([
  z.strictObject({ code }),
  z.strictObject({ encryptedData: openDataText, iv: openDataText }),
]) satisfies z.ZodType<PhoneBody>

export const sessionCheckAnswer = z.strictObject({
  sessionKeyValid: z.boolean(),
}) satisfies z.ZodType<SessionCheckAnswer>
