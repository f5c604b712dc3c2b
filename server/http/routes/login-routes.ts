/** The way in, and the ways out. */
import { ApiError } from '../../errors'
import type { LoginOutcome } from '../../login/login'
import { addressBlock } from '../client-address'
import { deviceName } from '../device'
import { readJson } from '../read-json'
import { loginAnswer, loginBody, sessionCheckAnswer, sessionsAnswer } from '../schemas'
import { toLoginAnswer, toWireSession } from '../wire'
import type { Route, Services } from './route'

/** The form of our ids; what does not have it is not looked up: PostgreSQL fails on a NUL. */
const SESSION_ID = /^[0-9a-f-]{36}$/

function loginRoute(services: Services): Route {
  return {
    method: 'post',
    path: '/v1/login',
    summary: 'Exchanges a wx.login code for a token',
    auth: false,
    body: loginBody,
    answer: loginAnswer,
    errors: [
      'WX_CODE_INVALID',
      'WX_CODE_USED',
      'WX_CODE_IN_FLIGHT',
      'WX_USER_BLOCKED',
      'RATE_LIMITED',
      'WX_QUOTA',
      'WX_UNAVAILABLE',
      'WX_MISCONFIGURED',
      'STORAGE_UNAVAILABLE',
      'OVERLOADED',
    ],
    handle(req, res) {
      const answer = (outcome: LoginOutcome) => {
        services.countLogin(outcome.isNew ? 'new' : 'returning')
        res.locals['login'] = services.describeLogin(outcome)
        return toLoginAnswer(outcome, req, services.view)
      }
      const refuse = (error: unknown) => {
        services.countLogin(error instanceof ApiError ? error.code : 'INTERNAL')
        throw error
      }
      return readJson(req, loginBody).then(({ code, appid }) => {
        const device = deviceName(req.headers['user-agent'])
        const block = addressBlock(services.clientAddress(req))
        return services.login({ code, appid, device, addressBlock: block }).then(answer, refuse)
      })
    },
  }
}

function logoutRoutes({ sessions }: Services): Route[] {
  return [
    {
      method: 'post',
      path: '/v1/logout',
      summary: 'Ends this session at once',
      auth: true,
      errors: [],
      async handle(_req, _res, live) {
        await sessions.end(live)
        return undefined
      },
    },
    {
      method: 'post',
      path: '/v1/logout-all',
      summary: 'Ends every session of this user at once',
      auth: true,
      errors: [],
      async handle(_req, _res, live) {
        await sessions.endAll(live)
        return undefined
      },
    },
  ]
}

function deviceRoutes({ sessions, isSessionKeyValid }: Services): Route[] {
  return [
    {
      method: 'get',
      path: '/v1/sessions',
      summary: 'Lists the devices that are signed in',
      auth: true,
      answer: sessionsAnswer,
      errors: [],
      async handle(_req, _res, live) {
        const all = await sessions.list(live)
        return { sessions: all.map((session) => toWireSession(session, live.session.id)) }
      },
    },
    {
      method: 'delete',
      path: '/v1/sessions/:id',
      summary: 'Signs one device out',
      auth: true,
      errors: ['NOT_FOUND'],
      async handle(req, _res, live) {
        const id = String(req.params['id'])
        if (!SESSION_ID.test(id) || !(await sessions.endOther(live, id))) {
          throw new ApiError('NOT_FOUND', 'This user has no such session.')
        }
        return undefined
      },
    },
    {
      method: 'get',
      path: '/v1/session/check',
      summary: "Asks WeChat whether this person's session_key is still valid",
      auth: true,
      answer: sessionCheckAnswer,
      errors: ['WX_USER_BLOCKED', 'WX_UNAVAILABLE', 'WX_MISCONFIGURED', 'WX_QUOTA'],
      handle: async (_req, _res, live) => ({
        sessionKeyValid: await isSessionKeyValid(live.session),
      }),
    },
  ]
}

export function createLoginRoutes(services: Services): Route[] {
  return [loginRoute(services), ...logoutRoutes(services), ...deviceRoutes(services)]
}
