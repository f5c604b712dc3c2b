/** The routes to which WeChat sends its notices. They answer in WeChat's format: 204, or `{code: 'FAIL', message}`. */
import express from 'express'
import type { Request, Response } from 'express'
import * as z from 'zod'
import { ApiError, invalidRequest } from '../errors'
import { readBody } from '../http/body'
import type { Answer, Route } from '../http/route'
import { sendRefusal } from '../http/send'
import type { Logger } from '../logger'
import { InvalidNoticeError } from './notices'
import type { Notices } from './notices'
import type { SignedMessage } from './signature'
import { UntrustedMessageError } from './signature'

const MAX_NOTICE_BYTES = 65_536

type Refusal = Pick<ApiError, 'status' | 'message'> &
  Partial<Pick<ApiError, 'alert' | 'retryAfterSeconds'>>

/** @throws any other error, which is a bug. */
function toRefusal(error: unknown): Refusal {
  if (error instanceof UntrustedMessageError) {
    // WeChat signed it, but it does not open: PAY_API_V3_KEY differs from the one in the console.
    return { status: 401, message: error.message, alert: error.reason === 'tag' }
  }
  if (error instanceof InvalidNoticeError) return { status: 400, message: error.message }
  // The body is too large or compressed, or the storage is unavailable: WeChat sends the notice again.
  if (error instanceof ApiError) return error
  throw error
}

/** As WeChat wants it. */
const refusalAnswer = z.strictObject({ code: z.literal('FAIL'), message: z.string() })

const parse = express.raw({ limit: MAX_NOTICE_BYTES, type: () => true, inflate: false })

async function readBytes(req: Request): Promise<Buffer> {
  const incomplete = () => invalidRequest('body', 'was incomplete')
  await readBody(req, { maxBytes: MAX_NOTICE_BYTES }, parse, incomplete)
  return Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0)
}

function noticeRoute(
  path: string,
  summary: string,
  accept: (message: SignedMessage) => Promise<void>,
  logger: Logger,
): Route {
  async function handle(req: Request, res: Response): Promise<Answer> {
    try {
      await accept({ headers: req.headers, body: await readBytes(req) })
      return undefined
    } catch (error) {
      const { status, message, alert, retryAfterSeconds = null } = toRefusal(error)
      const fields = { route: path, status }
      if (alert === true) logger.error({ ...fields, alert }, `a notice was refused: ${message}`)
      else logger.warn(fields, `a notice was refused: ${message}`)
      if (retryAfterSeconds !== null) res.setHeader('Retry-After', retryAfterSeconds)
      return sendRefusal(res.status(status), { code: 'FAIL', message })
    }
  }
  return {
    method: 'post',
    path,
    summary,
    auth: false,
    errors: ['INVALID_REQUEST', 'TOKEN_INVALID', 'BODY_TOO_LARGE', 'STORAGE_UNAVAILABLE'],
    otherAnswers: {
      400: refusalAnswer,
      401: refusalAnswer,
      413: refusalAnswer,
      503: refusalAnswer,
    },
    handle,
  }
}

export function createNoticeRoutes(notices: Notices, logger: Logger): Route[] {
  return [
    noticeRoute(
      '/v1/pay/notify',
      "WeChat's notice of a payment; its signature is its authorization",
      (message) => notices.acceptPayment(message),
      logger,
    ),
    noticeRoute(
      '/v1/pay/refund-notify',
      "WeChat's notice of a refund; its signature is its authorization",
      (message) => notices.acceptRefund(message),
      logger,
    ),
  ]
}
