/** What a route is made of: the router serves it and openapi.json describes it from the same entry. */
import type { Request, Response } from 'express'
import type * as z from 'zod'
import type { ErrorCode } from '../../typings/api'
import type { LiveSession } from '../store/store'

/** An object is sent as JSON, undefined answers 204, SENT was written by the handler itself. */
export const SENT = Symbol('sent')
export type Answer = object | undefined | typeof SENT

interface Description {
  method: 'get' | 'post' | 'put' | 'delete'
  /** In Express's spelling: `/v1/sessions/:id`. */
  path: string
  summary: string
  /** The schema of the parameters behind `?`. */
  query?: z.ZodType
  /** The JSON body's schema. */
  body?: z.ZodType
  /** The media type of a body that is no JSON. */
  bodyType?: 'multipart/form-data'
  /** The answer's schema; without it 204, or what `answerType` names. */
  answer?: z.ZodType
  answerType?: 'image/webp' | 'application/json' | `text/${'html' | 'css' | 'javascript' | 'plain'}`
  /** Answers 302. */
  redirects?: true
  /** Its GET uses something up, or begins something: HEAD answers 204 and leaves all as it is. */
  spends?: true
  /** The schema of a 503 that is an answer and no error. */
  unavailable?: z.ZodType
  /** What this route adds to the errors that every route has. */
  errors: ErrorCode[]
}

export type Route =
  | (Description & { auth: false; handle: (req: Request, res: Response) => Promise<Answer> })
  | (Description & {
      auth: true
      /** Takes no cookie in place of the token. */
      tokenOnly?: true
      handle: (req: Request, res: Response, live: LiveSession) => Promise<Answer>
    })

/** Operators still ask a process that is stopping; clients go elsewhere. */
export const isRefusedAtEnd = ({ path }: Description): boolean => path.startsWith('/v1/')
