/** Puts the route table on Express: request ids, tokens before bodies, 404, 405, one place for errors. */
import express from 'express'
import type { Express, NextFunction, Request, Response } from 'express'
import type { ErrorCode } from '../../typings/api'
import { ApiError } from '../errors'
import type { LogFields, Logger } from '../logger'
import { answerError } from './answer-error'
import { readBearer } from './bearer'
import { assertHost } from './host'
import { createOpenapi } from './openapi'
import { requestIdOf } from './request-id'
import { sendJson, sendNothing } from './send'
import { createLoginRoutes } from './routes/login-routes'
import { createMeRoutes } from './routes/me-routes'
import { isRefusedAtEnd, SENT } from './routes/route'
import type { Answer, Route, Services } from './routes/route'
import { createServiceRoutes } from './routes/service-routes'

/** Every answer has an id; one log line tells how it ended. */
function accompany(logger: Logger) {
  return (req: Request, res: Response, next: NextFunction): void => {
    const startedAt = performance.now()
    const requestId = requestIdOf(req)
    res.locals['requestId'] = requestId
    // Not at 'finish': an answer that its client did not wait for never comes to it.
    res.on('close', () => {
      const { code, answeredAt } = res.locals as { code?: ErrorCode; answeredAt?: number }
      const isCut = !res.writableFinished && answeredAt === undefined
      logger.info(
        {
          requestId,
          method: req.method,
          route: String(res.locals['route'] ?? 'none'),
          ...(res.headersSent && { status: res.statusCode }),
          durationMs: Math.round(((answeredAt ?? performance.now()) - startedAt) * 10) / 10,
          ...(code !== undefined && { code }),
          ...(res.locals['login'] as LogFields | undefined),
          ...(isCut && { outcome: 'aborted' }),
        },
        'request',
      )
    })
    next()
  }
}

function finish(res: Response, answer: Answer): void {
  if (answer === SENT) return
  if (answer === undefined) sendNothing(res)
  else sendJson(res, answer)
}

function handlerOf(route: Route, services: Services) {
  const answerOf = (req: Request, res: Response): Promise<Answer> =>
    route.auth
      ? services.sessions.authenticate(readBearer(req)).then((live) => route.handle(req, res, live))
      : route.handle(req, res)

  return (req: Request, res: Response): Promise<void> => {
    res.locals['route'] = route.path
    assertHost(req)
    if (services.isStopping() && isRefusedAtEnd(route)) {
      res.setHeader('Connection', 'close')
      throw new ApiError('SHUTTING_DOWN', 'This process is stopping.', { retryAfterSeconds: 1 })
    }
    return answerOf(req, res).then((answer) => finish(res, answer))
  }
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

function createRoutes(services: Services): Route[] {
  let document: object | null = null
  const routes: Route[] = [
    ...createLoginRoutes(services),
    ...createMeRoutes(services),
    ...createServiceRoutes(services, () => Promise.resolve((document ??= createOpenapi(routes)))),
  ]
  return routes
}

export function createRouter(services: Services, logger: Logger): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', false)
  app.enable('case sensitive routing')
  app.enable('strict routing')

  app.use(accompany(logger))
  const routes = createRoutes(services)
  for (const route of routes) app[route.method](route.path, handlerOf(route, services))
  refuseOtherMethods(app, routes)
  app.use(() => {
    throw new ApiError('NOT_FOUND', 'There is no such route.')
  })
  // Express knows an error handler by its four parameters.
  app.use((error: unknown, req: Request, res: Response, _next: NextFunction) => {
    answerError(error, req, res, String(res.locals['requestId']), logger)
  })
  return app
}
