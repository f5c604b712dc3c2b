/** The definition of a route: the router serves it and openapi.json describes it from the same entry. */
import type { Request, Response } from 'express'
import type * as z from 'zod'
import type { ErrorCode } from '../../typings/api'
import { ApiError } from '../errors'
import type { LiveSession } from '../store/store'
import type { Sent } from './send'

/** An object is sent as JSON, undefined answers 204; Sent means that the handler itself has sent the answer. */
export type Answer = object | undefined | Sent

interface Description {
  method: 'get' | 'post' | 'put' | 'delete'
  /** In Express's syntax: `/v1/sessions/:id`. */
  path: string
  summary: string
  /** The schema of the query parameters. */
  query?: z.ZodType
  /** The schema of the request headers that only this route reads. */
  headers?: z.ZodType
  /** The JSON body's schema. */
  body?: z.ZodType
  /** The field of the file that is uploaded as multipart/form-data. */
  upload?: string
  /** The answer's schema; without it 204, or what `answerType` names. */
  answer?: z.ZodType
  answerType?: 'image/webp' | 'application/json' | `text/${'html' | 'css' | 'javascript' | 'plain'}`
  /** Answers 302. */
  redirects?: true
  /** Accepts no cookie in place of the token. */
  tokenOnly?: true
  /** Such as redeeming a ticket: then HEAD answers 204 and changes nothing. */
  getHasSideEffects?: true
  /** The errors of this route, beyond those that every route has. */
  errors: ErrorCode[]
  /** The schemas, by status, of answers other than 2xx that are not our error. */
  otherAnswers?: Partial<Record<number, z.ZodType>>
}

export type Route =
  | (Description & {
      auth: false
      handle: (req: Request, res: Response) => Promise<Answer> | Answer
    })
  | (Description & {
      auth: true
      handle: (req: Request, res: Response, live: LiveSession) => Promise<Answer> | Answer
    })

/** @throws ApiError SHUTTING_DOWN */
export function refuseWhileStopping(isStopping: () => boolean, res: Response): void {
  if (!isStopping()) return
  res.setHeader('Connection', 'close')
  throw new ApiError('SHUTTING_DOWN', 'This process is stopping.', { retryAfterSeconds: 1 })
}

/** A process that is stopping refuses client routes; operators may still call the others. */
export const isRefusedWhileStopping = ({ path }: Description): boolean => path.startsWith('/v1/')
