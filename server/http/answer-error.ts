/** Turns any error into the contract's error answer. An error that is not an ApiError is a bug: logged, not sent. */
import type { Request, Response } from 'express'
import type { ErrorBody } from '../../typings/api'
import { ApiError } from '../errors'
import type { Logger } from '../logger'
import { localsOf } from './log-requests'
import { WechatError } from '../wechat/wechat-error'
import { sendRefusal } from './send'
import { unreadablePath } from './target'

function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  // Express could not decode a parameter of the path.
  if (error instanceof URIError) return unreadablePath()
  return new ApiError('INTERNAL', 'Something went wrong in this service.', { cause: error })
}

function challengeOf(error: ApiError): string | null {
  if (error.code === 'TOKEN_MISSING') return 'Bearer'
  return error.status === 401 ? 'Bearer error="invalid_token"' : null
}

function log(error: ApiError, req: Request, requestId: string, logger: Logger): void {
  const { code, status, cause } = error
  const isBug = code === 'INTERNAL'
  const fields = {
    requestId,
    method: req.method,
    code,
    status,
    ...(error instanceof WechatError && { errcode: error.errcode }),
    ...(error instanceof WechatError && error.rid !== null && { rid: error.rid }),
    ...(isBug && cause instanceof Error && cause.stack !== undefined && { stack: cause.stack }),
  }
  if (isBug || error.alert) {
    logger.error({ ...fields, alert: true }, isBug ? 'bug' : error.message)
  } else if (status >= 500) {
    logger.warn(fields, error.message)
  }
}

export function toErrorBody({ code, message, issues }: ApiError, requestId: string): ErrorBody {
  return { error: { code, message, requestId, ...(issues !== null && { issues }) } }
}

export function answerError(failure: unknown, req: Request, res: Response, logger: Logger): void {
  const error = asApiError(failure)
  const locals = localsOf(res)
  const { requestId } = locals
  locals.code = error.code
  log(error, req, requestId, logger)
  if (res.headersSent) {
    res.destroy()
    return
  }
  const challenge = challengeOf(error)
  if (challenge !== null) res.setHeader('WWW-Authenticate', challenge)
  if (error.retryAfterSeconds !== null) res.setHeader('Retry-After', error.retryAfterSeconds)
  sendRefusal(res.status(error.status), toErrorBody(error, requestId))
}
