/** Recognises the user in routes of a service that embeds this one, without a call over HTTP. */
import type { Request, RequestHandler } from 'express'
import type { Logger } from '../logger'
import type { LiveSession } from '../store/store'
import { answerError } from './answer-error'
import { requestIdOf } from './request-id'

declare module 'express-serve-static-core' {
  interface Request {
    /** The user of the request; set by `requireUser`. */
    auth?: LiveSession
  }
}

/** @returns a middleware: sets `req.auth`, or answers as the routes of the contract do. */
export function createRequireUser(
  authenticate: (req: Request) => Promise<LiveSession>,
  logger: Logger,
): RequestHandler {
  return async (req, res, next) => {
    try {
      req.auth = await authenticate(req)
    } catch (error) {
      res.locals['requestId'] ??= requestIdOf(req)
      answerError(error, req, res, logger)
      return
    }
    next()
  }
}
