/** The input of the control endpoints. Unknown fields are refused and every mistake is named. */
import { z } from 'zod'
import { FAULT_MODES } from '../faults'
import { ERRCODE_PATHS, WECHAT_PATHS } from '../wechat/routes'
import { APPS, findApp } from '../world/apps'

const MAX_NAME_LENGTH = 64
const MAX_CODE_TTL_SECONDS = 3600
const MAX_ADVANCE_SECONDS = 10 * 365 * 24 * 3600

/** Wrong input: answered with 400 and every issue. */
export class BadInput extends Error {
  readonly status = 400
  readonly issues: readonly { path: string; message: string }[]

  constructor(issues: readonly { path: string; message: string }[]) {
    super(
      issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; '),
    )
    this.issues = issues
  }
}

export const appid = z
  .string()
  .refine(
    (value) => findApp(value) !== null,
    `must be one of ${APPS.map((app) => app.appid).join(', ')}`,
  )

export const userName = z
  .string()
  .regex(/^[^\p{Cc}\p{Cs}/]+$/u, 'must be a name without control characters and slashes')
  .max(MAX_NAME_LENGTH, `must be at most ${MAX_NAME_LENGTH} characters`)

const phone = z
  .string()
  .regex(/^(\+\d{1,3}-)?\d{5,14}$/, 'must be digits, with +<country>- in front outside China')

export const loginCodeInput = z.strictObject({
  appid,
  user: userName.optional(),
  ttlSeconds: z.number().min(0).max(MAX_CODE_TTL_SECONDS).optional(),
})

export const jssdkInput = z.strictObject({
  appid,
  url: z.url(),
  timestamp: z.union([z.string(), z.number()]),
  nonceStr: z.string(),
  signature: z.string(),
})

export const appSettingsInput = z.strictObject({
  redirectDomains: z.array(z.string()).optional(),
  pages: z.array(z.string()).optional(),
})

export const openDataInput = z.strictObject({
  appid,
  user: userName,
  kind: z.enum(['profile', 'phone', 'openid']),
  data: z.record(z.string(), z.unknown()).optional(),
})

export const phoneCodeInput = z.strictObject({ appid, user: userName, phone: phone.optional() })

export const expireSessionInput = z.strictObject({ appid: appid.optional() })

export const checkSessionInput = z.strictObject({ appid, user: userName })

export const clockInput = z.strictObject({
  advanceSeconds: z.number().min(0).max(MAX_ADVANCE_SECONDS),
})

const MAX_DELAY_MS = 600_000

/** `{out_trade_no}`, another placeholder or a real number stands for the `:number` of our routes. */
const toRoutePath = (path: string): string =>
  WECHAT_PATHS.find((known) => new RegExp(`^${known.replace(/:\w+/g, '[^/]+')}$`).test(path)) ??
  path

export const faultInput = z
  .strictObject({
    path: z
      .string()
      .transform(toRoutePath)
      .pipe(z.enum(WECHAT_PATHS, `must be one of ${WECHAT_PATHS.join(', ')}`)),
    mode: z.enum(FAULT_MODES, `must be one of ${FAULT_MODES.join(', ')}`),
    times: z.int().min(1).optional(),
    probability: z.number().min(0).max(1).optional(),
    errcode: z.int().optional(),
    status: z.int().min(200).max(599).optional(),
    delayMs: z.number().min(0).max(MAX_DELAY_MS).optional(),
  })
  .refine(({ mode, errcode }) => errcode === undefined || mode === 'errcode', {
    path: ['errcode'],
    message: 'goes with the mode errcode only',
  })
  .refine(({ mode, path }) => mode !== 'errcode' || ERRCODE_PATHS.includes(path), {
    path: ['mode'],
    message: 'payment endpoints have no errcode; use status with 429 or 500',
  })

export const callsQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).optional(),
})

export const peopleQuery = z.strictObject({ user: userName.optional() })

export const emptyInput = z.strictObject({})

/** Throws BadInput when the value does not fit the schema. */
export function parseInput<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new BadInput(
    result.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
  )
}

/** The value of a JSON body. A request without a body counts as an empty object. */
export function parseJsonBody(body: unknown): unknown {
  const text = Buffer.isBuffer(body) ? body.toString('utf8').trim() : ''
  if (text === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    throw new BadInput([{ path: '', message: 'the body is not JSON' }])
  }
}
