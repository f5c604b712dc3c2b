/**
 * Sends one call to the server: takes one of the ten slots, builds the address, limits the silence,
 * and judges the answer. It retries nothing and knows no session.
 */
import type { Cancellation } from './waits'
import { beforeSettling, createCancellation } from './waits'
import type { AuthError } from './errors'
import { assertOption, createAuthError, parseFailure } from './errors'
import type { Address, Backend, Call, Carry, Reply, Verdict, WantedCall } from './types'
import { fieldsOf, findText, isObject } from './values'
import type { Starter, WxReply } from './wx'
import { callAsync, noop } from './wx'

/** Limits how many calls run at the same time; later ones wait in order. */
export interface Slots {
  take: Starter<void>
  giveBack: () => void
}

export function createSlots(limit: number): Slots {
  const waiting = new Set<() => void>()
  let free = limit
  return {
    take(resolve) {
      if (free > 0) {
        free -= 1
        resolve()
      } else {
        waiting.add(resolve)
      }
      return () => void waiting.delete(resolve)
    },
    giveBack() {
      const [next] = waiting
      if (!next) free += 1
      else {
        waiting.delete(next)
        next()
      }
    },
  }
}

/** What calls need to know of the options of `createAuth`. */
export interface Connection {
  readonly baseUrl: string
  readonly timeoutMs: number
  readonly backend: Backend
  readonly carry: Carry | 'request'
  /** The ten that WeChat allows: https://developers.weixin.qq.com/miniprogram/dev/framework/ability/network.html */
  readonly requestSlots: Slots
}

/** A JSON call that may be sent several times; its header is sent unchanged. */
export function createCall<T extends WantedCall>(
  { carry, timeoutMs }: Connection,
  wanted: T,
): T & Call {
  const { method = 'GET', data } = wanted
  return {
    ...wanted,
    start: (address) => callAsync(carry, { ...address, method, data, timeout: timeoutMs }),
    read: readReply,
  }
}

/** Null if nothing was sent because there was no token. */
export type Outcome = { body?: unknown } | null

/**
 * How long an aborted call may keep its slot when WeChat doesn't call back at all. Long, because a cloud call
 * can't be aborted and still counts among the ten.
 */
const ABANDONED_AFTER_MS = 10000

/**
 * Waits for a slot, then sends the call with the token that `findToken` returns at that moment; if it
 * returns null, nothing is sent. Without `findToken` the call has no token. Rejects `network`, `timeout`,
 * `aborted`, `api`, `protocol`, `unsupported`, `signed-out`, or with the reason of the cancellation.
 */
export async function send(
  connection: Connection,
  call: Call,
  findToken?: () => string | null,
  { wait }: Cancellation = createCancellation(),
): Promise<Outcome> {
  const { requestSlots, timeoutMs } = connection
  await wait(requestSlots.take)
  const slot = holdSlot(requestSlots)
  let address: Address | undefined
  try {
    const token = findToken?.()
    if (token === null) return null
    address = createAddress(connection, call.path, token, call.header)
    const reply = await wait(slot.use(call.start(address)), call.silenceMs ?? timeoutMs)
    const read = call.read(reply)
    const refusal = read && findRefusal(connection, read)
    if (refusal) throw refusal
    return read ?? {}
  } catch (error) {
    // A failure before the address is built is a mistake in the dialect.
    throw parseFailure(error, address ? 'network' : 'unsupported')
  } finally {
    slot.leave()
  }
}

/** Holds a taken slot. It is given back after `leave`, and not before WeChat has called back. */
export function holdSlot(slots: Slots): { use<T>(start: Starter<T>): Starter<T>; leave(): void } {
  let calledBack = Promise.resolve()
  return {
    use: (start) => (resolve, reject, keepAlive) => {
      let settle = noop
      calledBack = new Promise((done) => (settle = done))
      const stop = beforeSettling(start, settle)(resolve, reject, keepAlive)
      return () => {
        stop()
        setTimeout(settle, ABANDONED_AFTER_MS)
      }
    },
    // Gives it back one turn later, so that the next call sees what this answer says about the token.
    leave: () => void calledBack.then(slots.giveBack),
  }
}

/** One slash, not followed by a slash or a backslash, and no control character. */
const pathPattern = /^\/(?![/\\])[ -~\u00a0-\uffff]*$/

/** Throws `unsupported` for a path that could send the token to another host. */
export function assertPath(path: string): void {
  assertOption(pathPattern.test(path), 'path begins with one /', path)
}

/** Such as `https://api.example.com`: no query, no user, no slash at the end. */
const baseUrlPattern = /^https?:\/(\/[^/?#\\@\s]+)+$/

/** Throws `unsupported` without a usable `baseUrl`, which a `carry` alone does not need. */
export function assertBaseUrl(baseUrl: string): void {
  assertOption(baseUrlPattern.test(baseUrl), 'baseUrl is https://host', baseUrl)
}

/** Builds the URL and the header of a call, with its token if there is one. */
export function createAddress(
  connection: Connection,
  path: string,
  token: string | undefined,
  header: Record<string, string> = {},
): Address {
  assertPath(path)
  const { header: own, query = {} } = token === undefined ? {} : connection.backend.authorize(token)
  let full = path
  for (const pair of Object.entries(query))
    full += (full.includes('?') ? '&' : '?') + pair.map(encodeURIComponent).join('=')
  return {
    url: connection.baseUrl + full,
    path: full,
    header: { ...header, ...own },
  }
}

/** Parses WeChat's reply; `data` is text if the body wasn't JSON, and after an upload. */
export function readReply({ statusCode, data, header }: WxReply): Reply {
  let body = data === '' || statusCode === 204 ? undefined : data
  try {
    if (typeof body === 'string') body = JSON.parse(body) as unknown
  } catch {
    // The text itself, if it isn't JSON.
  }
  return { status: statusCode, body, header: fieldsOf(header) }
}

/** The error of a bad answer; null for a good one. Status 401 means a new login, whatever the body is. */
export function findRefusal({ backend }: Connection, reply: Reply): AuthError | null {
  const { status, body, header } = reply
  let verdict: Verdict = 'protocol'
  try {
    verdict = backend.judge(reply)
  } catch {
    // A dialect may throw for a body of another backend: a gateway's page, an empty one.
  }
  const isTokenRefused = verdict === 'login-again' || verdict === 'signed-out' || status === 401
  if (verdict === 'ok' && typeof body !== 'string' && !isTokenRefused) return null
  const isReadable =
    isObject(verdict === 'login-again' ? body : verdict) && typeof body !== 'string'
  const kind = verdict === 'signed-out' ? verdict : isReadable ? 'api' : 'protocol'
  // The error of our own BFF is in the body; other dialects put it into their verdict.
  const details = { ...fieldsOf(fieldsOf(body)['error']), ...fieldsOf(verdict) }
  return createAuthError(kind, findText(details, 'message') ?? `HTTP ${status}`, {
    code: findText(details, 'code'),
    requestId: findText(details, 'requestId'),
    retryAfterMs: Number(details['retryAfterMs']) || findRetryAfterMs(header),
    status,
    isTokenRefused,
  })
}

/** The caller's result of a good answer; the dialect removes the envelope. */
export function unwrap({ backend }: Connection, body: unknown): unknown {
  try {
    return body === undefined || !backend.unwrap ? body : backend.unwrap(body)
  } catch (cause) {
    throw parseFailure(cause, 'protocol')
  }
}

/** Seconds or an HTTP date; undefined when absent or unreadable. Header names may be in any letter case. */
function findRetryAfterMs(header: object): number | undefined {
  const [, value] = Object.entries(header).find(([name]) => /^retry-after$/i.test(name)) ?? []
  return Math.max(0, Number(value) * 1000 || Date.parse(value as string) - Date.now()) || undefined
}
