import type { Request, Response } from 'express'
import * as z from 'zod'
import type { LoginAnswer, LoginBody } from '../../typings/api'
import { addressBlock } from '../http/client-address'
import { localsOf } from '../http/log-requests'
import { readJson } from '../http/read-json'
import type { Route } from '../http/route'
import { appid, code, instant, iso, isWellFormedJson } from '../http/schemas'
import { userAnswer } from '../http/user-view'
import type { LogFields } from '../logger'
import { assertRenewable } from '../sessions/sessions'
import { countOutcome } from '../sessions/sign-in'
import { deviceName } from '../http/device'
import { CODE_ERRORS, WECHAT_CALL_ERRORS } from '../wechat/errcodes'
import type { LoginContext } from './context'
import { login } from './login'
import type { LoginOutcome } from './login'

const MAX_EXTRA_BYTES = 1024
/** Each level of JSON has two brackets. */
const MAX_EXTRA_DEPTH = MAX_EXTRA_BYTES / 2

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** z.record silently drops a key `__proto__`, so we refuse it: a hook that copies `extra` would set a prototype. */
const extra = z
  .custom<Record<string, unknown>>(isObject, { error: 'must be an object', abort: true })
  .refine((value) => !Object.hasOwn(value, '__proto__'), {
    error: 'must have no key __proto__',
    abort: true,
  })
  .refine((value) => isWellFormedJson(value, MAX_EXTRA_DEPTH), {
    error: `must hold no lone surrogates and at most ${MAX_EXTRA_DEPTH} levels`,
    abort: true,
  })
  .refine(
    (value) => Buffer.byteLength(JSON.stringify(value)) <= MAX_EXTRA_BYTES,
    `must have at most ${MAX_EXTRA_BYTES} bytes as JSON`,
  )
  .meta({ type: 'object', propertyNames: { type: 'string' }, additionalProperties: {} })

const fields = { code, appid: appid.exactOptional(), extra: extra.exactOptional() }

export const loginBody = z.strictObject(fields) satisfies z.ZodType<LoginBody>

/** The body if a platform may identify the person. */
const bodyWithoutCode = z.strictObject({
  ...fields,
  code: code.exactOptional(),
}) satisfies z.ZodType<LoginBody>

const headers = z.object({
  'Renewed-Token': z.string().exactOptional().meta({
    description:
      'The token of the session that a silent login renews. A login by a tap sends none, so it is never refused.',
  }),
})

const loginAnswer = z.strictObject({
  token: z.string(),
  expiresAt: instant,
  user: userAnswer,
  isNew: z.boolean(),
}) satisfies z.ZodType<LoginAnswer>

function createHandler(context: LoginContext) {
  const { findSender, showUser, clientAddress, hashOpenid, countLogin } = context

  const toLog = ({ user, isNew }: LoginOutcome): LogFields => ({
    outcome: isNew ? 'new' : 'returning',
    appid: user.appid,
    userId: user.id,
    openidHash: hashOpenid(user.openid),
  })

  const toAnswer = (outcome: LoginOutcome, req: Request): LoginAnswer => ({
    token: outcome.token,
    // The `exp` of the token has whole seconds.
    expiresAt: iso(Math.floor(outcome.expiresAtMs / 1000) * 1000),
    user: showUser(outcome.user, req),
    isNew: outcome.isNew,
  })

  return async function handle(req: Request, res: Response): Promise<LoginAnswer> {
    const sender = findSender(req)
    const schema: z.ZodType<LoginBody> = sender === null ? loginBody : bodyWithoutCode
    const { code = '', appid, extra } = await readJson(req, schema)
    const device = deviceName(req.headers['user-agent'])
    const renewed = req.headers['renewed-token']
    const outcome = await countOutcome(countLogin, async () => {
      if (typeof renewed === 'string') await assertRenewable(context, renewed)
      // The schema allows a missing code only when a platform identifies the sender.
      const who =
        code === '' && sender !== null
          ? sender(appid)
          : { code, appid, addressBlock: addressBlock(clientAddress(req)) }
      return login(context, { who, device, extra })
    })
    localsOf(res).log = toLog(outcome)
    return toAnswer(outcome, req)
  }
}

export function createLoginRoutes(context: LoginContext): Route[] {
  return [
    {
      method: 'post',
      path: '/v1/login',
      summary: 'Exchanges a wx.login code for a token',
      auth: false,
      headers,
      body: context.mayOmitCode ? bodyWithoutCode : loginBody,
      answer: loginAnswer,
      errors: [
        ...CODE_ERRORS,
        ...(context.mayOmitCode ? (['TOKEN_MISSING'] as const) : []),
        'WX_USER_BLOCKED',
        'NOT_BOUND',
        'SESSION_ENDED',
        'ACCOUNT_DELETED',
        ...WECHAT_CALL_ERRORS,
        'STORAGE_UNAVAILABLE',
      ],
      handle: createHandler(context),
    },
  ]
}
