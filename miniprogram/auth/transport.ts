/**
 * Carries one call to the server and judges its answer. At most ten run at once, the platform's limit for
 * request and uploadFile together; the others wait in order. It retries nothing and knows no session.
 */
import type { Core } from './core'
import { createAuthError, isObject, parseFailure } from './errors'
import type { Scope, Start } from './scope'
import { createScope, nothing, pause } from './scope'
import type { RequestOptions } from './types'
import type { Reply } from './wx'
import { start } from './wx'

/** One request as it may be sent several times. */
export interface Job {
  scope: Scope
  auth: boolean
  idempotent: boolean
  /** One attempt with the headers that carry the token; `alive` begins its time limit anew. */
  call(header: Record<string, string>, alive: () => void): Start<Reply>
}

export function createJob({ options }: Core, wanted: RequestOptions, scope = createScope()): Job {
  const { path, method = 'GET', data, auth = true, idempotent = method !== 'POST', signal } = wanted
  signal?.onAbort(() => scope.end(createAuthError('aborted')))
  const call: Job['call'] = (header) =>
    start('request', {
      url: options.baseUrl + path,
      method,
      ...(data && { data }),
      header: { ...wanted.header, ...header },
      timeout: options.timeoutMs,
    })
  return { scope, auth, idempotent, call }
}

/**
 * Waits for a place, then sends the job with the token that `find` gives at that moment: none for '', and
 * null gives the place back unused and resolves null. Resolves with the body of a good answer, undefined
 * for 204. Rejects `network`, `timeout`, `aborted`, `api`, `protocol`, `unsupported`, or as the scope ends.
 */
export async function send(
  { places, options }: Core,
  job: Job,
  find: () => string | null,
): Promise<unknown> {
  let disarm = nothing
  let alive = nothing
  await job.scope.wait(places.enter)
  try {
    const token = find()
    if (token === null) return null
    const header: Record<string, string> = token ? { Authorization: `Bearer ${token}` } : {}
    const reply = job.scope.wait<Reply>((resolve, reject) => {
      let abort = nothing
      // The base library's own timeout is not enough: a call without an answer would hold its place.
      alive = () => {
        disarm()
        disarm = pause(options.timeoutMs)(() => {
          reject(createAuthError('timeout'))
          abort()
        }, nothing)
      }
      alive()
      abort = job.call(header, () => alive())(resolve, reject)
      return abort
    })
    return parseReply(await reply)
  } catch (error) {
    throw parseFailure(error, 'network')
  } finally {
    alive = nothing
    disarm()
    // One turn later, so that the next in the queue sees what this answer says about the token.
    void Promise.resolve().then(places.leave)
  }
}

function parseReply({ statusCode: status, data, header }: Reply): unknown {
  if (status === 204) return undefined
  const body = typeof data === 'string' ? parseJson(data) : data
  if (status >= 200 && status < 300 && isObject(body)) return body
  const { error } = isObject(body) ? body : {}
  const { code, message, requestId } = (isObject(error) ? error : {}) as Record<string, string>
  const kind = status >= 400 && typeof code === 'string' ? 'api' : 'protocol'
  throw createAuthError(kind, `${status} ${code}: ${message}`, {
    code,
    status,
    requestId,
    retryAfterMs: findRetryAfterMs(header),
  })
}

/** Undefined where it isn't JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Seconds or an HTTP date; undefined when absent or unreadable. Header names come in any case. */
function findRetryAfterMs(header: unknown): number | undefined {
  const entries = Object.entries((header ?? {}) as Record<string, string>)
  const [, value = ''] = entries.find(([name]) => /^retry-after$/i.test(name)) ?? []
  return Math.max(0, +value * 1000 || Date.parse(value) - Date.now()) || undefined
}
