/** Puts the route table on Express: request ids, tokens before bodies, 404, 405, one place for errors. */
import { randomUUID } from 'node:crypto'
import express from 'express'
import type { Express, NextFunction, Request, Response } from 'express'
import { ApiError } from '../errors'
import type { Logger } from '../logger'
import { answerError } from './answer-error'
import { readBearer } from './bearer'
import { createRoutes } from './routes'
import type { Route, Services } from './routes'

const REQUEST_ID = /^[A-Za-z0-9._-]{8,64}$/

function requestIdOf(req: Request): string {
  const given = req.headers['x-request-id']
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID()
}

/** Every answer, errors too, carries these; an API has no page that could be framed or sniffed. */
function setCommonHeaders(req: Request, res: Response, next: NextFunction): void {
  res.locals['requestId'] = requestIdOf(req)
  res.setHeader('X-Request-Id', res.locals['requestId'] as string)
  res.setHeader('Cache-Control', 'no-store')
  res.setHeader('X-Content-Type-Options', 'nosniff')
  next()
}

function handlerOf(route: Route, services: Services) {
  return async (req: Request, res: Response): Promise<void> => {
    const answer = route.auth
      ? await route.handle(req, res, await services.sessions.authenticate(readBearer(req)))
      : await route.handle(req, res)
    if (answer === undefined) res.status(204).end()
    else res.json(answer)
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

export function createRouter(services: Services, logger: Logger): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', false)
  app.enable('case sensitive routing')
  app.enable('strict routing')

  app.use(setCommonHeaders)
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
