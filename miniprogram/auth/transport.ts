/**
 * Carries one call to the server and judges its answer. At most ten run at once, the platform's limit for
 * request and uploadFile together; the others wait in order. It retries nothing and knows no session.
 */
import { createAuthError, isObject, parseFailure } from './errors'
import type { Scope, Start } from './scope'
import { nothing } from './scope'
import type { Reply } from './wx'

/** https://developers.weixin.qq.com/miniprogram/dev/framework/ability/network.html */
const placesAtOnce = 10

export interface Places {
  enter: Start<void>
  leave(): void
}

export function createPlaces(): Places {
  const waiting: (() => void)[] = []
  let free = placesAtOnce
  return {
    enter(resolve) {
      if (free > 0) {
        free -= 1
        resolve()
        return nothing
      }
      waiting.push(resolve)
      return () => void waiting.splice(waiting.indexOf(resolve), 1)
    },
    leave() {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    },
  }
}

/** Starts the call; `alive` begins its time limit anew. */
export type Call = (alive: () => void) => Start<Reply>

/**
 * Waits for a place, then asks `prepare` what to send; null gives the place back and resolves null.
 * Resolves with the body of a good answer, undefined for 204. Rejects `network`, `timeout`, `aborted`,
 * `api`, `protocol` or `unsupported`, and as the scope ends.
 */
export async function send(
  places: Places,
  scope: Scope,
  timeoutMs: number,
  prepare: () => Call | null,
): Promise<unknown> {
  await scope.wait(places.enter)
  try {
    const call = prepare()
    return call && parseReply(await scope.wait(limited(call, timeoutMs)))
  } catch (error) {
    throw parseFailure(error, 'network')
  } finally {
    places.leave()
  }
}

/** The base library's own timeout is not enough: a call that never calls back would hold its place. */
function limited(call: Call, timeoutMs: number): Start<Reply> {
  return (resolve, reject) => {
    let timer = 0
    let settled = false
    const done = (): void => {
      settled = true
      clearTimeout(timer)
    }
    const alive = (): void => {
      clearTimeout(timer)
      if (settled) return
      timer = setTimeout(() => {
        settled = true
        // Rejected before the abort, which may call back at once.
        reject(createAuthError('timeout', `No answer within ${timeoutMs} ms`))
        undo()
      }, timeoutMs)
    }
    alive()
    const undo = call(alive)(
      (reply) => {
        done()
        resolve(reply)
      },
      (reason) => {
        done()
        reject(reason)
      },
    )
    return () => {
      done()
      undo()
    }
  }
}

function parseReply({ statusCode: status, data, header }: Reply): unknown {
  if (status === 204) return undefined
  const body = typeof data === 'string' ? parseJson(data) : data
  if (status >= 200 && status < 300 && isObject(body)) return body
  const { error } = isObject(body) ? body : {}
  const { code, message, requestId } = isObject(error) ? error : {}
  const retryAfterMs = findRetryAfterMs(header)
  const details = { status, ...(retryAfterMs >= 0 && { retryAfterMs }) }
  if (status >= 400 && typeof code === 'string')
    throw createAuthError('api', `${code}: ${message as string}`, {
      ...details,
      code,
      ...(typeof requestId === 'string' && { requestId }),
    })
  throw createAuthError('protocol', `Status ${status} without the JSON it should carry`, details)
}

/** Undefined where it isn't JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Seconds or an HTTP date; NaN when absent or unreadable. Clients differ in the case of header names. */
function findRetryAfterMs(header: unknown): number {
  const [, value] = Object.entries(header ?? {}).find(([name]) => /^retry-after$/i.test(name)) ?? []
  const ms = /^\d+$/.test(value as string)
    ? Number(value) * 1000
    : Date.parse(value as string) - Date.now()
  return Math.max(0, ms)
}
