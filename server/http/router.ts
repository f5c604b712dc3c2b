/** Registers the route table with Express. Tokens are checked before bodies; 404, 405 and errors are answered here. */
import express from 'express'
import type { Express, NextFunction, Request, RequestHandler, Response } from 'express'
import type { Config } from '../config'
import { ApiError } from '../errors'
import type { Logger } from '../logger'
import type { LiveSession } from '../store/store'
import { answerError } from './answer-error'
import { localsOf, logRequests } from './log-requests'
import { createOpenapi } from './openapi'
import { isRefusedWhileStopping, refuseWhileStopping } from './route'
import type { Answer, Route } from './route'
import { SENT, sendJson, sendJsonText, sendNothing } from './send'
import { assertHost, assertReadablePath } from './target'

interface RouterOptions {
  /** The routes of all features and of the service itself. */
  routes: readonly Route[]
  /** Finds the session behind the token. @throws ApiError with a status of 401. */
  authenticate: (req: Request, route: Route) => Promise<LiveSession>
  before: readonly RequestHandler[]
  logger: Logger
  trustProxy: Config['trustProxy']
  /** True once the process shuts down. */
  isStopping: () => boolean
}

function finish(res: Response, answer: Answer): void {
  if (answer === SENT) return
  if (answer === undefined) sendNothing(res)
  else sendJson(res, answer)
}

/** Link previews and mail scanners send HEAD, which must not use up what the person's GET needs. */
const isPreview = (req: Request, route: Route): boolean =>
  req.method === 'HEAD' && route.getHasSideEffects === true

async function answerOf(
  route: Route,
  req: Request,
  res: Response,
  authenticate: RouterOptions['authenticate'],
): Promise<Answer> {
  if (!route.auth) return isPreview(req, route) ? undefined : route.handle(req, res)
  const live = await authenticate(req, route)
  return isPreview(req, route) ? undefined : route.handle(req, res, live)
}

function handlerOf(route: Route, { authenticate, isStopping }: RouterOptions) {
  return async (req: Request, res: Response): Promise<void> => {
    localsOf(res).route = route.path
    assertHost(req)
    if (isRefusedWhileStopping(route)) refuseWhileStopping(isStopping, res)
    finish(res, await answerOf(route, req, res, authenticate))
  }
}

/** Serves openapi.json, and generates it at the first request. Where the app is mounted, it names that path. */
function openapiRoute(routes: readonly Route[]): Route {
  let document: object | null = null
  const route: Route = {
    method: 'get',
    path: '/openapi.json',
    summary: 'This document',
    auth: false,
    answerType: 'application/json',
    errors: [],
    handle({ baseUrl }, res) {
      document ??= createOpenapi([...routes, route])
      const served = baseUrl === '' ? document : { ...document, servers: [{ url: baseUrl }] }
      return sendJsonText(res, Buffer.from(JSON.stringify(served)))
    },
  }
  return route
}

function refuseOtherMethods(app: Express, routes: readonly Route[]): void {
  for (const path of new Set(routes.map((route) => route.path))) {
    const methods = routes.filter((route) => route.path === path).map(({ method }) => method)
    const allow = [...methods, ...(methods.includes('get') ? ['head'] : [])]
      .join(', ')
      .toUpperCase()
    app.all(path, (_req, res) => {
      res.setHeader('Allow', allow)
      throw new ApiError('METHOD_NOT_ALLOWED', `This path allows ${allow}.`)
    })
  }
}

export function createRouter(options: RouterOptions): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', false)
  app.set('trust proxy', options.trustProxy)
  app.enable('case sensitive routing')
  app.enable('strict routing')

  app.use(logRequests(options.logger), ...options.before)
  const routes = [...options.routes, openapiRoute(options.routes)]
  for (const route of routes) app[route.method](route.path, handlerOf(route, options))
  refuseOtherMethods(app, routes)
  app.use((req) => {
    assertReadablePath(req.path)
    throw new ApiError('NOT_FOUND', 'There is no such route.')
  })
  // Express recognises an error handler by its four parameters.
  app.use((error: unknown, req: Request, res: Response, _next: NextFunction) => {
    answerError(error, req, res, options.logger)
  })
  return app
}
