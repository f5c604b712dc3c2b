/**
 * The contract as schemas: bodies are validated by them and openapi.json is made from them, so the
 * two can't differ. Unknown fields are refused. `satisfies` holds them against typings/api.d.ts.
 */
import * as z from 'zod'
import type {
  ErrorBody,
  LoginAnswer,
  LoginBody,
  PhoneBody,
  Session,
  SessionCheckAnswer,
  SessionsAnswer,
  UpdateMeBody,
  User,
  WechatProfileBody,
} from '../../typings/api'
import { STATUS_OF } from '../errors'
import { parseNickname } from '../profile/nickname'

/** WeChat's codes are 32 to 64 of these; the literal code of DevTools' guest mode has blanks. */
const code = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be 1 to 128 of A-Z a-z 0-9 _ -')

const MAX_OPEN_DATA_CHARACTERS = 12_000
const openDataText = z.string().min(1, 'must not be empty').max(MAX_OPEN_DATA_CHARACTERS)

const nickname = z
  .string()
  .transform((text, context) => {
    const parsed = parseNickname(text)
    if (parsed.fault === null) return parsed.nickname
    context.addIssue({ code: 'custom', message: parsed.fault })
    return z.NEVER
  })
  .describe('1 to 32 graphemes after NFC and trimming')

export const loginBody = z.strictObject({
  code,
  appid: z.string().min(1).max(64).exactOptional(),
}) satisfies z.ZodType<LoginBody>

export const updateMeBody = z.strictObject({
  nickname: nickname.exactOptional(),
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

const instant = z.iso.datetime()

export const user = z.strictObject({
  id: z.string(),
  openid: z.string().nullable(),
  unionid: z.string().nullable(),
  nickname: z.string().nullable(),
  avatarUrl: z.string().nullable(),
  gender: z.union([z.literal(0), z.literal(1), z.literal(2)]),
  phone: z.string().nullable().describe('masked, 156******77'),
  createdAt: instant,
  lastLoginAt: instant,
}) satisfies z.ZodType<User>

export const loginAnswer = z.strictObject({
  token: z.string(),
  expiresAt: instant,
  user,
  isNew: z.boolean(),
}) satisfies z.ZodType<LoginAnswer>

const session = z.strictObject({
  id: z.string(),
  createdAt: instant,
  lastSeenAt: instant,
  device: z.string(),
  current: z.boolean(),
}) satisfies z.ZodType<Session>

export const sessionsAnswer = z.strictObject({
  sessions: z.array(session),
}) satisfies z.ZodType<SessionsAnswer>

export const sessionCheckAnswer = z.strictObject({
  sessionKeyValid: z.boolean(),
}) satisfies z.ZodType<SessionCheckAnswer>

export const aliveAnswer = z.strictObject({ status: z.literal('ok') })

export const unavailableAnswer = z.strictObject({
  status: z.literal('unavailable'),
  failing: z.array(z.enum(['storage', 'redis', 'shutdown'])).min(1),
})

const errorCodes = Object.keys(STATUS_OF) as (keyof typeof STATUS_OF)[]

export const errorBody = z.strictObject({
  error: z.strictObject({
    code: z.enum(errorCodes),
    message: z.string(),
    requestId: z.string(),
    issues: z.array(z.strictObject({ path: z.string(), message: z.string() })).exactOptional(),
  }),
}) satisfies z.ZodType<ErrorBody>
