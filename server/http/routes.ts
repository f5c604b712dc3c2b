/** The route table: method, path, whether it needs a token, and what it answers. */
import type { Request, Response } from 'express'
import type { LoginOutcome, LoginRequest } from '../login/login'
import { ApiError } from '../errors'
import type { Sessions } from '../sessions/sessions'
import type { LiveSession, Store, UserRecord } from '../store/store'
import type { WechatProfileBody } from '../../typings/api'
import { deviceName } from './device'
import { readJson } from './read-json'
import { loginBody, updateMeBody, wechatProfileBody } from './schemas'
import { toLoginAnswer, toWireUser } from './wire'

export interface Services {
  login: (request: LoginRequest) => Promise<LoginOutcome>
  sessions: Sessions
  acceptProfile: (live: LiveSession, body: WechatProfileBody) => Promise<UserRecord>
  store: Store
  exposeOpenid: boolean
}

/** Undefined answers 204. */
type Answer = object | undefined

interface BaseRoute {
  method: 'get' | 'post' | 'put' | 'delete'
  path: string
}

/** The two kinds differ in what the handler is given: a session, or none. */
export type Route =
  | (BaseRoute & { auth: false; handle(req: Request, res: Response): Promise<Answer> })
  | (BaseRoute & {
      auth: true
      handle(req: Request, res: Response, live: LiveSession): Promise<Answer>
    })

function publicRoutes(services: Services): Route[] {
  return [
    {
      method: 'post',
      path: '/v1/login',
      auth: false,
      async handle(req, res) {
        const { code, appid } = await readJson(req, res, loginBody)
        const device = deviceName(req.headers['user-agent'])
        return toLoginAnswer(await services.login({ code, appid, device }), services.exposeOpenid)
      },
    },
    {
      method: 'get',
      path: '/healthz',
      auth: false,
      handle: () => Promise.resolve({ status: 'ok' }),
    },
    {
      method: 'get',
      path: '/readyz',
      auth: false,
      async handle(_req, res) {
        try {
          await services.store.assertWritable()
          return { status: 'ok' }
        } catch {
          res.status(503)
          return { status: 'unavailable', failing: 'storage' }
        }
      },
    },
  ]
}

function memberRoutes(services: Services): Route[] {
  const { sessions, acceptProfile, store } = services
  const user = (record: UserRecord) => toWireUser(record, services.exposeOpenid)
  return [
    {
      method: 'post',
      path: '/v1/logout',
      auth: true,
      async handle(_req, _res, live) {
        await sessions.end(live)
        return undefined
      },
    },
    {
      method: 'get',
      path: '/v1/me',
      auth: true,
      handle: (_req, _res, live) => Promise.resolve(user(live.user)),
    },
    {
      method: 'put',
      path: '/v1/me',
      auth: true,
      async handle(req, res, live) {
        const { nickname } = await readJson(req, res, updateMeBody)
        if (nickname === undefined) return user(live.user)
        const changed = await store.updateProfile(live.user.id, live.session.appid, { nickname })
        if (changed === null) throw new ApiError('SESSION_REVOKED', 'The account is gone.')
        return user(changed)
      },
    },
    {
      method: 'post',
      path: '/v1/me/wechat-profile',
      auth: true,
      async handle(req, res, live) {
        return user(await acceptProfile(live, await readJson(req, res, wechatProfileBody)))
      },
    },
  ]
}

export function createRoutes(services: Services): Route[] {
  return [...publicRoutes(services), ...memberRoutes(services)]
}
