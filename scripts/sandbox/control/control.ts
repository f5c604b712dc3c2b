/**
 * The control endpoints: what happens on a phone, and what only a sandbox can do. JSON in, JSON out;
 * wrong input is 400 with all that is wrong.
 */
import type { z } from 'zod'
import type { Calls } from '../calls'
import type { Faults } from '../faults'
import type { Answer } from '../http'
import { jsonAnswer } from '../http'
import { REDIRECT_TARGET } from '../play-fault'
import { WECHAT_PATHS } from '../wechat/answer'
import type { WechatRequest } from '../wechat/endpoint'
import { findApp } from '../world/apps'
import type { World } from '../world/world'
import * as inputs from './input'
import { BadInput, parseInput, parseJsonBody } from './input'
import { describePeople } from './describe-people'
import { createOpenData } from './open-data'

/** What a control endpoint works on. */
export interface ControlContext {
  readonly world: World
  readonly calls: Calls
  /** Forgets everything, as freshly started. */
  reset(): void
  readonly faults: Faults
}

export type ControlRequest = Pick<WechatRequest, 'method' | 'path' | 'query' | 'body'>

interface Route {
  readonly method: string
  readonly path: RegExp
  answer(context: ControlContext, request: ControlRequest, parameter: string): unknown
}

const DEFAULT_USER = 'demo'

const route = <T>(
  method: string,
  path: RegExp,
  schema: z.ZodType<T>,
  answer: (context: ControlContext, input: T, parameter: string) => unknown,
): Route => ({
  method,
  path,
  answer: (context, request, parameter) =>
    answer(context, parseInput(schema, parseJsonBody(request.body)), parameter),
})

const read = (path: RegExp, answer: Route['answer']): Route => ({ method: 'GET', path, answer })

/** `wx.login`; for an official account, the code of an agreed consent page. */
function issueLoginCode({ world }: ControlContext, input: z.infer<typeof inputs.loginCodeInput>) {
  const { appid, user = DEFAULT_USER, ttlSeconds } = input
  world.keys.touch(world.people.getAccount(appid, user))
  const isOfficial = findApp(appid)?.type === 'official'
  const wanted = isOfficial
    ? { kind: 'any' as const, appid, user, scope: 'snsapi_userinfo' }
    : { kind: 'login' as const, appid, user }
  return { code: world.codes.issue(wanted, ttlSeconds).code }
}

function issuePhoneCode({ world }: ControlContext, input: z.infer<typeof inputs.phoneCodeInput>) {
  const person = world.people.getPerson(input.user)
  if (input.phone !== undefined) person.phone = input.phone
  const { appid, user } = input
  return { code: world.codes.issue({ kind: 'phone', appid, user, phone: person.phone }).code }
}

/** Ends the person's key in one app, or in all; says where one died. */
function expireSession(
  { world }: ControlContext,
  { appid }: z.infer<typeof inputs.expireSessionInput>,
  userText: string,
) {
  const { accounts } = world.people.getPerson(parseInput(inputs.userName, userText))
  const wanted = Object.values(accounts).filter(
    (account) => appid === undefined || account.appid === appid,
  )
  const dead = wanted.filter((account) => world.keys.expire(account))
  return { expired: dead.map((account) => account.appid) }
}

const routes: readonly Route[] = [
  route('POST', /^login-code$/, inputs.loginCodeInput, issueLoginCode),
  route('POST', /^open-data$/, inputs.openDataInput, ({ world }, input) =>
    createOpenData(world, input),
  ),
  route('POST', /^phone-code$/, inputs.phoneCodeInput, issuePhoneCode),
  route('POST', /^users\/([^/]+)\/expire-session$/, inputs.expireSessionInput, expireSession),
  route('POST', /^check-session$/, inputs.checkSessionInput, ({ world }, { appid, user }) => ({
    valid: world.keys.findLiving(world.people.getAccount(appid, user)) !== null,
  })),
  route('POST', /^clock$/, inputs.clockInput, ({ world }, { advanceSeconds }) => {
    world.clock.advance(advanceSeconds)
    return {
      now: new Date(world.clock.nowMs()).toISOString(),
      aheadSeconds: world.clock.aheadSeconds(),
    }
  }),
  route('POST', /^reset$/, inputs.emptyInput, (context) => {
    context.reset()
    return { ok: true }
  }),
  route('POST', /^faults$/, inputs.faultInput, ({ faults }, input) => {
    faults.add(input)
    return { faults: faults.list() }
  }),
  route('DELETE', /^faults$/, inputs.emptyInput, ({ faults }) => {
    faults.clear()
    return { faults: faults.list() }
  }),
  read(/^faults$/, ({ faults }) => ({ faults: faults.list(), paths: WECHAT_PATHS })),
  read(/^calls$/, ({ calls }, { query }) => {
    const { limit } = parseInput(inputs.callsQuery, Object.fromEntries(query))
    return { calls: calls.list(limit), counts: calls.counts() }
  }),
  read(/^people$/, ({ world }) => describePeople(world)),
  read(/^redirected$/, ({ calls }) => {
    calls.add({ path: REDIRECT_TARGET, appid: null, outcome: 'redirect followed', code: null })
    return { openid: 'o-redirect-was-followed-0000', session_key: 'cmVkaXJlY3Rmb2xsb3dlZA==' }
  }),
]

const PREFIX = '/__sandbox/'

const failure = (status: number, message: string, issues: unknown = [], headers = {}): Answer =>
  jsonAnswer(status, { error: { message, issues } }, headers)

function parseParameter(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new BadInput([{ path: 'path', message: 'is not valid percent-encoding' }])
  }
}

export function answerControl(context: ControlContext, request: ControlRequest): Answer {
  const rest = request.path.slice(PREFIX.length)
  const here = routes.filter((candidate) => candidate.path.test(rest))
  const wanted = here.find((candidate) => candidate.method === request.method)
  if (here.length === 0) {
    return failure(404, `there is no control endpoint ${request.path}; see docs/sandbox.md`)
  }
  if (wanted === undefined) {
    const allow = here.map((candidate) => candidate.method).join(', ')
    return failure(405, `${request.path} takes ${allow}`, [], { Allow: allow })
  }
  try {
    const parameter = parseParameter(wanted.path.exec(rest)?.[1] ?? '')
    return jsonAnswer(200, wanted.answer(context, request, parameter))
  } catch (error) {
    if (error instanceof BadInput) return failure(400, error.message, error.issues)
    throw error
  }
}
