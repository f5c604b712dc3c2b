/** The way in. */
import type { Request, Response } from 'express'
import * as z from 'zod'
import type { LoginAnswer, LoginBody } from '../../typings/api'
import { ApiError } from '../errors'
import { addressBlock } from '../http/client-address'
import { readJson } from '../http/read-json'
import type { Route } from '../http/route'
import { appid, code, instant, isWellFormedJson } from '../http/schemas'
import { iso, userAnswer } from '../http/user-view'
import type { ShowUser } from '../http/user-view'
import type { LogFields } from '../logger'
import { deviceName } from '../http/device'
import { login } from './login'
import type { LoginDeps, LoginOutcome, NamedPerson } from './login'

const MAX_EXTRA_BYTES = 1024
/** Each level has two brackets. */
const MAX_EXTRA_DEPTH = MAX_EXTRA_BYTES / 2

const extra = z
  .record(z.string(), z.unknown())
  .refine((value) => isWellFormedJson(value, MAX_EXTRA_DEPTH), {
    error: `must hold no lone surrogates and at most ${MAX_EXTRA_DEPTH} levels`,
    abort: true,
  })
  .refine(
    (value) => Buffer.byteLength(JSON.stringify(value)) <= MAX_EXTRA_BYTES,
    `must have at most ${MAX_EXTRA_BYTES} bytes as JSON`,
  )

const fields = { code, appid: appid.exactOptional(), extra: extra.exactOptional() }

export const loginBody = z.strictObject(fields) satisfies z.ZodType<LoginBody>

/** Where the platform may name the person. */
const bodyWithoutCode = z.strictObject({
  ...fields,
  code: code.exactOptional(),
}) satisfies z.ZodType<LoginBody>

const loginAnswer = z.strictObject({
  token: z.string(),
  expiresAt: instant,
  user: userAnswer,
  isNew: z.boolean(),
}) satisfies z.ZodType<LoginAnswer>

/**
 * What the platform that carries a request says about its sender; null where no platform is trusted.
 * @returns a function that is called for a login without a code. @throws ApiError TOKEN_MISSING when it
 * names nobody, INVALID_REQUEST.
 */
export type FindSender = (req: Request) => ((appid: string | undefined) => NamedPerson) | null

interface LoginRoutesDeps extends LoginDeps {
  findSender: FindSender
  /** For the description: whether a login may come without a code. */
  mayOmitCode: boolean
  showUser: ShowUser
  clientAddress: (req: Request) => string
  /** Gives a log the same text for the same openid, and nobody can tell the openid from it. */
  hashOpenid: (openid: string) => string
  /** Told the outcome of each login: `new`, `returning` or an error code. */
  countLogin: (outcome: string) => void
}

function createHandler(deps: LoginRoutesDeps) {
  const { findSender, showUser, clientAddress, hashOpenid, countLogin } = deps

  const toLog = ({ user, isNew }: LoginOutcome): LogFields => ({
    outcome: isNew ? 'new' : 'returning',
    appid: user.appid,
    userId: user.id,
    openidHash: hashOpenid(user.openid),
  })

  const toAnswer = (outcome: LoginOutcome, req: Request): LoginAnswer => ({
    token: outcome.token,
    // The token's own end has whole seconds.
    expiresAt: iso(Math.floor(outcome.expiresAtMs / 1000) * 1000),
    user: showUser(outcome.user, req),
    isNew: outcome.isNew,
  })

  return async function handle(req: Request, res: Response): Promise<LoginAnswer> {
    const sender = findSender(req)
    const schema: z.ZodType<LoginBody> = sender === null ? loginBody : bodyWithoutCode
    const { code = '', appid, extra } = await readJson(req, schema)
    const device = deviceName(req.headers['user-agent'])
    try {
      // The schema lets only a sender that a platform names leave the code out.
      const who =
        code === '' && sender !== null
          ? sender(appid)
          : { code, appid, addressBlock: addressBlock(clientAddress(req)) }
      const outcome = await login(deps, { who, device, extra })
      countLogin(outcome.isNew ? 'new' : 'returning')
      res.locals['log'] = toLog(outcome)
      return toAnswer(outcome, req)
    } catch (error) {
      countLogin(error instanceof ApiError ? error.code : 'INTERNAL')
      throw error
    }
  }
}

export function createLoginRoutes(deps: LoginRoutesDeps): Route[] {
  return [
    {
      method: 'post',
      path: '/v1/login',
      summary: 'Exchanges a wx.login code for a token',
      auth: false,
      body: deps.mayOmitCode ? bodyWithoutCode : loginBody,
      answer: loginAnswer,
      errors: [
        'WX_CODE_INVALID',
        'WX_CODE_USED',
        'WX_CODE_IN_FLIGHT',
        ...(deps.mayOmitCode ? (['TOKEN_MISSING'] as const) : []),
        'WX_USER_BLOCKED',
        'NOT_BOUND',
        'RATE_LIMITED',
        'WX_QUOTA',
        'WX_UNAVAILABLE',
        'WX_MISCONFIGURED',
        'STORAGE_UNAVAILABLE',
        'OVERLOADED',
      ],
      handle: createHandler(deps),
    },
  ]
}
