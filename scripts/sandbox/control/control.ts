/**
 * The control endpoints: what happens on a phone, and what only a sandbox can do. Input and output
 * are JSON; wrong input is answered with 400 and every mistake in it.
 */
import { createHash } from 'node:crypto'
import { Router } from 'express'
import type { Request, RequestHandler } from 'express'
import type { z } from 'zod'
import type { Calls } from '../calls'
import type { Faults } from '../faults'
import { isLoopbackHost, jsonAnswer, send } from '../http'
import { REDIRECT_TARGET } from '../play-fault'
import { WECHAT_PATHS } from '../wechat/routes'
import { findApp } from '../world/apps'
import type { World } from '../world/world'
import { describePeople } from './describe-people'
import * as inputs from './input'
import { parseInput, parseJsonBody } from './input'
import { createOpenData } from './open-data'
import * as pay from './pay'

/** What a control endpoint works on. */
export interface ControlContext {
  readonly world: World
  readonly calls: Calls
  readonly faults: Faults
  /** Forgets everything, as after a fresh start. */
  reset(): void
}

interface Route {
  readonly method: 'get' | 'post' | 'delete'
  readonly path: string
  readonly answer: (context: ControlContext, request: Request) => unknown
}

const DEFAULT_USER = 'demo'

/** The kind of code that each type of app gets. */
const CODE_AFTER_CONSENT = {
  miniprogram: { kind: 'login' },
  official: { kind: 'any', scope: 'snsapi_userinfo' },
  website: { kind: 'oauth', scope: 'snsapi_login' },
} as const

const route = <T>(
  method: Route['method'],
  path: string,
  schema: z.ZodType<T>,
  answer: (context: ControlContext, input: T, request: Request) => unknown,
): Route => ({
  method,
  path,
  answer: (context, request) =>
    answer(context, parseInput(schema, parseJsonBody(request.body)), request),
})

const read = (path: string, answer: Route['answer']): Route => ({ method: 'get', path, answer })

/** What `wx.login` gives; for an official account or a website, the code after consent. */
function issueLoginCode({ world }: ControlContext, input: z.infer<typeof inputs.loginCodeInput>) {
  const { appid, user = DEFAULT_USER, ttlSeconds } = input
  world.keys.touch(world.people.getAccount(appid, user))
  const wanted = { ...CODE_AFTER_CONSENT[findApp(appid)?.type ?? 'miniprogram'], appid, user }
  return { code: world.codes.issue(wanted, ttlSeconds).code }
}

function issuePhoneCode({ world }: ControlContext, input: z.infer<typeof inputs.phoneCodeInput>) {
  const person = world.people.getPerson(input.user)
  if (input.phone !== undefined) person.phone = input.phone
  const { appid, user } = input
  return { code: world.codes.issue({ kind: 'phone', appid, user, phone: person.phone }).code }
}

/** What wx.config says to the signature of a page. */
function checkJssdk({ world }: ControlContext, input: z.infer<typeof inputs.jssdkInput>) {
  const url = input.url.replace(/#.*$/, '')
  const valid = world.tickets.findValid(input.appid).some(({ ticket }) => {
    const text = `jsapi_ticket=${ticket}&noncestr=${input.nonceStr}&timestamp=${input.timestamp}&url=${url}`
    return createHash('sha1').update(text).digest('hex') === input.signature
  })
  return { valid }
}

/** Ends the person's key in one app, or in all. Answers the apps in which a key was alive. */
function expireSession(
  { world }: ControlContext,
  { appid }: z.infer<typeof inputs.expireSessionInput>,
  { params }: Request,
) {
  const { accounts } = world.people.getPerson(parseInput(inputs.userName, params['user']))
  const wanted = Object.values(accounts).filter(
    (account) => appid === undefined || account.appid === appid,
  )
  const expired = wanted.filter((account) => world.keys.expire(account))
  return { expired: expired.map((account) => account.appid) }
}

const numberOf = ({ params }: Request): string => String(params['number'])

const routes: readonly Route[] = [
  route('post', '/login-code', inputs.loginCodeInput, issueLoginCode),
  route('post', '/open-data', inputs.openDataInput, ({ world }, input) =>
    createOpenData(world, input),
  ),
  route('post', '/phone-code', inputs.phoneCodeInput, issuePhoneCode),
  route('post', '/users/:user/expire-session', inputs.expireSessionInput, expireSession),
  route('post', '/check-session', inputs.checkSessionInput, ({ world }, { appid, user }) => ({
    valid: world.keys.findLiving(world.people.getAccount(appid, user)) !== null,
  })),
  route('post', '/check-jssdk', inputs.jssdkInput, checkJssdk),
  route('post', '/apps/:appid', inputs.appSettingsInput, ({ world }, settings, { params }) => {
    world.appSettings.set(parseInput(inputs.appid, params['appid']), settings)
    return { ok: true }
  }),
  read('/pay/keys', ({ world }) => pay.describeKeys(world.pay)),
  route('post', '/pay/keys/rotate', pay.rotateInput, ({ world }, { kind = 'public-key' }) => {
    world.pay.keys.rotate(kind)
    return pay.describeKeys(world.pay)
  }),
  read('/pay/orders', ({ world }) => ({
    orders: world.pay.trades.orders().map((order) => pay.describeTrade(world.pay, order)),
  })),
  read('/pay/orders/:number', ({ world }, request) => pay.showOrder(world, numberOf(request))),
  route('post', '/pay/orders/:number/pay', pay.payInput, ({ world }, input, request) =>
    pay.payOrder(world, numberOf(request), input),
  ),
  route('post', '/pay/notices/:number', pay.noticeInput, ({ world }, input, request) =>
    pay.sendNotice(world, numberOf(request), input),
  ),
  route('post', '/pay/refunds/:number', pay.refundOutcomeInput, ({ world }, input, request) =>
    pay.endRefund(world, numberOf(request), input),
  ),
  route('post', '/pay/cashier', pay.cashierInput, ({ world }, input) =>
    pay.openCashier(world, input),
  ),
  route('post', '/clock', inputs.clockInput, ({ world }, { advanceSeconds }) => {
    world.clock.advance(advanceSeconds)
    return {
      now: new Date(world.clock.nowMs()).toISOString(),
      aheadSeconds: world.clock.aheadSeconds(),
    }
  }),
  route('post', '/reset', inputs.emptyInput, (context) => {
    context.reset()
    return { ok: true }
  }),
  route('post', '/faults', inputs.faultInput, ({ faults }, input) => {
    faults.add(input)
    return { faults: faults.list() }
  }),
  route('delete', '/faults', inputs.emptyInput, ({ faults }) => {
    faults.clear()
    return { faults: faults.list() }
  }),
  read('/faults', ({ faults }) => ({ faults: faults.list(), paths: WECHAT_PATHS })),
  read('/calls', ({ calls }, { query }) => {
    const { limit } = parseInput(inputs.callsQuery, query)
    return { calls: calls.list(limit), counts: calls.counts() }
  }),
  read('/people', ({ world }, { query }) =>
    describePeople(world, parseInput(inputs.peopleQuery, query).user),
  ),
  read('/redirected', ({ calls }) => {
    calls.add({ path: REDIRECT_TARGET, appid: null, outcome: 'redirect followed', code: null })
    return { openid: 'o-redirect-was-followed-0000', session_key: 'cmVkaXJlY3Rmb2xsb3dlZA==' }
  }),
]

/** A web page of another origin must not steer the sandbox through the browser. */
const refuseForeignPages: RequestHandler = ({ headers: { origin } }, response, next) => {
  const isOwn =
    origin === undefined || (URL.canParse(origin) && isLoopbackHost(new URL(origin).host))
  if (isOwn) next()
  else {
    const message = 'a page of another origin may not control the sandbox'
    send(response, jsonAnswer(403, { error: { message } }))
  }
}

/** Logs every call but GET: the page for people asks every second. */
const logCalls =
  (log: (line: string) => void): RequestHandler =>
  ({ method, originalUrl }, response, next) => {
    if (method !== 'GET') {
      response.once('finish', () => log(`${method} ${originalUrl} ${response.statusCode}`))
    }
    next()
  }

const refuseMethod = (path: string): RequestHandler => {
  const Allow = routes
    .filter((candidate) => candidate.path === path)
    .map(({ method }) => method.toUpperCase())
    .join(', ')
  return ({ originalUrl }, response) => {
    const message = `${originalUrl} takes ${Allow}`
    send(response, jsonAnswer(405, { error: { message, issues: [] } }, { Allow }))
  }
}

const refusePath: RequestHandler = ({ originalUrl }, response) => {
  const message = `there is no control endpoint ${originalUrl}; see docs/sandbox.md`
  send(response, jsonAnswer(404, { error: { message, issues: [] } }))
}

export function createControlRouter(context: ControlContext, log: (line: string) => void): Router {
  const router = Router({ caseSensitive: true, strict: true })
  router.use(refuseForeignPages, logCalls(log))
  for (const { method, path, answer } of routes) {
    router[method](path, async (request, response) =>
      send(response, jsonAnswer(200, await answer(context, request))),
    )
  }
  for (const path of new Set(routes.map((each) => each.path))) router.all(path, refuseMethod(path))
  router.use(refusePath)
  return router
}
