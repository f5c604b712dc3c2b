/** Gives each request its id, and writes one line of log when it has ended. */
import type { NextFunction, Request, Response } from 'express'
import type { ErrorCode } from '../../typings/api'
import type { LogFields, Logger } from '../logger'
import { requestIdOf } from './request-id'

/** What the parts of one request tell each other. */
interface Locals {
  requestId: string
  /** The pattern of the route, not the path: a path can hold ids. */
  route?: string
  code?: ErrorCode
  /** When the answer was written, if the connection stays open longer. */
  answeredAt?: number
  /** Log fields of the route. */
  log?: LogFields
}

export const localsOf = (res: Response): Locals => res.locals as Locals

export function logRequests(logger: Logger) {
  return (req: Request, res: Response, next: NextFunction): void => {
    const startedAt = performance.now()
    const locals = localsOf(res)
    locals.requestId = requestIdOf(req)
    // 'finish' is never emitted when the client does not wait for the answer.
    res.on('close', () => {
      const { requestId, route = 'none', code, answeredAt, log } = locals
      const isCut = !res.writableFinished && answeredAt === undefined
      logger.info(
        {
          requestId,
          method: req.method,
          route,
          ...(res.headersSent && { status: res.statusCode }),
          durationMs: Math.round(((answeredAt ?? performance.now()) - startedAt) * 10) / 10,
          ...(code !== undefined && { code }),
          ...log,
          ...(isCut && { outcome: 'aborted' }),
        },
        'request',
      )
    })
    next()
  }
}
