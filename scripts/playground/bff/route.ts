/** Types of a route, and matching a request to its route. */
import { ApiError } from './api-error'
import type { Live } from './sessions'

/** The request. The body is a Response, because browsers can read any kind of body from one. */
export interface Call {
  readonly method: string
  /** The origin of the requested address, `http://127.0.0.1:3000`. */
  readonly origin: string
  readonly headers: Headers
  readonly body: Response
  /** The named part of the path. */
  readonly param: string
}

/** An object is sent as JSON; undefined answers 204. */
export type Answer = object | undefined | Response

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

export type Route =
  | { method: Method; path: string; auth: false; handle: (call: Call) => Promise<Answer> }
  | {
      method: Method
      path: string
      auth: true
      handle: (call: Call, live: Live) => Promise<Answer>
    }

/** The named part of a matching path, '' when the pattern has none; null for other paths. */
function matchPath(form: string, path: string): string | null {
  const pattern = new RegExp(`^${form.replace(/:\w+/, '([^/]+)')}$`)
  const match = pattern.exec(path)
  return match === null ? null : (match[1] ?? '')
}

/** @throws ApiError NOT_FOUND, METHOD_NOT_ALLOWED */
export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { route: Route; param: string } {
  const here = routes.filter((route) => matchPath(route.path, path) !== null)
  if (here.length === 0) {
    throw new ApiError('NOT_FOUND', 'The playground has no such route; npm start has all of them.')
  }
  const wanted = method === 'HEAD' ? 'GET' : method
  const route = here.find((candidate) => candidate.method === wanted)
  if (route !== undefined) return { route, param: matchPath(route.path, path) ?? '' }
  const methods = here.flatMap((each) => (each.method === 'GET' ? ['GET', 'HEAD'] : each.method))
  const Allow = methods.join(', ')
  throw new ApiError('METHOD_NOT_ALLOWED', `This path allows ${Allow}.`, { headers: { Allow } })
}
