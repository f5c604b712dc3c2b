/** Authenticates the user in routes of the embedding service, without a call over HTTP. */
import type { Request, RequestHandler } from 'express'
import type { Logger } from '../logger'
import type { LiveSession } from '../store/store'
import { answerError } from './answer-error'
import { requestIdOf } from './request-id'
import { refuseWhileStopping } from './route'

declare module 'express-serve-static-core' {
  interface Request {
    /** The user of the request; set by `requireUser`. */
    auth?: LiveSession
  }
}

/** @returns a middleware that sets `req.auth`, or answers with the error that the contract's routes would send. */
export function createRequireUser(
  authenticate: (req: Request) => Promise<LiveSession>,
  { logger, isStopping }: { logger: Logger; isStopping: () => boolean },
): RequestHandler {
  return async (req, res, next) => {
    try {
      refuseWhileStopping(isStopping, res)
      const { session, user } = await authenticate(req)
      // Copies, because the host may change them, and the store remembers its own.
      req.auth = { session: { ...session }, user: { ...user } }
    } catch (error) {
      res.locals['requestId'] ??= requestIdOf(req)
      answerError(error, req, res, logger)
      return
    }
    next()
  }
}
