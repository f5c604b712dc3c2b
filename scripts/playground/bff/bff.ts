/**
 * The playground's BFF: the routes of the contract that need no external server, with users stored
 * in the browser. It shares no code with server/, but passes the same contract tests.
 */
import type { ErrorBody } from '../../../typings/api'
import { randomBytes, toHex } from '../crypto'
import type { Wechat } from '../wechat/wechat'
import { toApiError } from './api-error'
import { createAvatarRoutes } from './avatars'
import type { DrawAvatar } from './avatars'
import { createLoginRoute } from './login'
import { createPhoneRoutes } from './phone'
import { createProfileRoutes } from './profile'
import { findRoute } from './route'
import type { Answer, Route } from './route'
import { createSealedRoutes } from './sealed-profile'
import { createSessionRoutes } from './session-routes'
import { createSessions } from './sessions'
import type { Sessions } from './sessions'
import type { Store } from './store'

export interface BffOptions {
  store: Store
  wechat: Wechat
  drawAvatar: DrawAvatar
  /** Milliseconds since 1970. */
  now: () => number
}

/** The arguments that `fetch` would get. */
interface BffRequest {
  url: string
  method: string
  headers: Headers
  body: ConstructorParameters<typeof Response>[0]
}

/** Answers as the server would over HTTP; never rejects. */
export type Bff = (request: BffRequest) => Promise<Response>

const COMMON_HEADERS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' }
const WELL_FORMED_ID = /^[A-Za-z0-9._-]{8,64}$/

function requestIdOf(headers: Headers): string {
  const given = headers.get('x-request-id') ?? ''
  return WELL_FORMED_ID.test(given) ? given : toHex(randomBytes(16))
}

function toResponse(answer: Answer, requestId: string): Response {
  if (answer instanceof Response) {
    answer.headers.set('X-Request-Id', requestId)
    return answer
  }
  const headers = { ...COMMON_HEADERS, 'X-Request-Id': requestId }
  if (answer === undefined) return new Response(null, { status: 204, headers })
  return json(answer, 200, headers)
}

function json(value: object, status: number, headers: Record<string, string>): Response {
  const type = { 'Content-Type': 'application/json; charset=utf-8' }
  return new Response(JSON.stringify(value), { status, headers: { ...type, ...headers } })
}

function toErrorResponse(failure: unknown, requestId: string): Response {
  const error = toApiError(failure)
  const { issues } = error.details
  const { code, message } = error
  const body: ErrorBody = { error: { code, message, requestId, ...(issues && { issues }) } }
  const headers = { ...COMMON_HEADERS, 'X-Request-Id': requestId, ...error.headers }
  return json(body, error.status, headers)
}

/** A form without a content type gets one from the browser, with the boundary. */
function readBody(headers: Headers, body: BffRequest['body']): Response {
  const given = headers.get('content-type')
  const content = new Response(body, given === null ? {} : { headers: { 'content-type': given } })
  if (given === null) headers.set('content-type', content.headers.get('content-type') ?? '')
  return content
}

async function handle(
  routes: readonly Route[],
  sessions: Sessions,
  { url, method, headers, body }: BffRequest,
): Promise<Answer> {
  const { origin, pathname } = new URL(url)
  const { route, param } = findRoute(routes, method, pathname)
  const call = { method, origin, headers, body: readBody(headers, body), param }
  if (!route.auth) return route.handle(call)
  return route.handle(call, sessions.authenticate(headers))
}

export function createBff({ store, wechat, drawAvatar, now }: BffOptions): Bff {
  const sessions = createSessions(store, now)
  const parts = { store, sessions, wechat, now }
  const routes = [
    createLoginRoute(parts),
    ...createSessionRoutes(parts),
    ...createProfileRoutes(parts),
    ...createSealedRoutes(parts),
    ...createPhoneRoutes(parts),
    ...createAvatarRoutes({ ...parts, drawAvatar }),
  ]
  return async (request) => {
    const requestId = requestIdOf(request.headers)
    const response = await handle(routes, sessions, request).then(
      (answer) => toResponse(answer, requestId),
      (error: unknown) => toErrorResponse(error, requestId),
    )
    const { status, headers } = response
    return request.method === 'HEAD' ? new Response(null, { status, headers }) : response
  }
}
