/**
 * One call to the server: a slot of the ten, where it goes, how long it may be silent, and what its answer
 * means. It retries nothing and knows no session.
 */
import type { Cancellation } from './waits'
import { beforeSettling, createCancellation } from './waits'
import type { AuthError } from './errors'
import { assertOption, createAuthError, fieldsOf, findText, isObject, parseFailure } from './errors'
import type { Address, Backend, Call, Carry, Reply, Verdict, WantedCall } from './types'
import type { Starter, WxReply } from './wx'
import { callAsync, noop } from './wx'

/** Lets so many calls run at once; later ones wait in order. */
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

/** A JSON call as it may be sent several times; its header goes out as it is. */
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

/** Null where nothing was sent, for want of a token. */
export type Outcome = { body: unknown } | null

/** How long an aborted call may keep its slot when WeChat doesn't call back at all. */
const ABANDONED_AFTER_MS = 10000

/**
 * Waits for a slot, then sends the call with the token that `findToken` gives at that moment; where it gives
 * none, nothing is sent. Without `findToken` the call goes out without a token. Rejects `network`, `timeout`,
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
    return { body: read?.body }
  } catch (error) {
    // What fails before there is an address is a mistake in the dialect.
    throw parseFailure(error, address ? 'network' : 'unsupported')
  } finally {
    slot.leave()
  }
}

/** A slot that was taken. It goes back after `leave`, and not before WeChat has called back. */
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
    // One turn later, so that the next in the queue sees what this answer says about the token.
    leave: () => void calledBack.then(slots.giveBack),
  }
}

/** One slash, no second one nor a backslash, and no control character. */
const pathPattern = /^\/(?![/\\])[ -~\u00a0-\uffff]*$/

/** Throws `unsupported` for a path that could take the token to another host. */
export function assertPath(path: string): void {
  assertOption(pathPattern.test(path), 'path begins with one /', path)
}

/** Where a call goes and how it carries its token, where it has one. */
export function createAddress(
  connection: Connection,
  path: string,
  token: string | undefined,
  header: Record<string, string> = {},
): Address {
  assertPath(path)
  const { header: own = {}, query = {} } =
    token === undefined ? {} : connection.backend.authorize(token)
  const search = Object.entries(query)
    .map((pair) => pair.map(encodeURIComponent).join('='))
    .join('&')
  const full = search ? path + (path.includes('?') ? '&' : '?') + search : path
  return {
    url: connection.baseUrl + full,
    path: full,
    header: { ...header, ...own },
  }
}

/** Parses what WeChat handed over; `data` is text where the body wasn't JSON, and after an upload. */
export function readReply({ statusCode, data, header }: WxReply): Reply {
  const isEmpty = data === undefined || data === '' || statusCode === 204
  const body = isEmpty ? undefined : typeof data === 'string' ? parseJson(data) : data
  return { status: statusCode, body, header: fieldsOf(header) }
}

/** The text itself where it isn't JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

/** Why an answer is none; null for a good one. Status 401 asks for a login whatever its body is. */
export function findRefusal({ backend }: Connection, reply: Reply): AuthError | null {
  const { status, body, header } = reply
  let verdict: Verdict = 'protocol'
  try {
    verdict = backend.judge(reply)
  } catch {
    // A dialect may stumble over a body that isn't its backend's: a gateway's page, an empty one.
  }
  const isTokenRefused = verdict === 'login-again' || verdict === 'signed-out' || status === 401
  if (verdict === 'ok' && typeof body !== 'string' && !isTokenRefused) return null
  const isReadable =
    isObject(verdict === 'login-again' ? body : verdict) && typeof body !== 'string'
  const kind = verdict === 'signed-out' ? verdict : isReadable ? 'api' : 'protocol'
  // What our own BFF tells of a refusal; other dialects tell it in their verdict.
  const told = { ...fieldsOf(fieldsOf(body)['error']), ...fieldsOf(verdict) }
  return createAuthError(kind, findText(told, 'message') ?? `HTTP ${status}`, {
    code: findText(told, 'code'),
    requestId: findText(told, 'requestId'),
    retryAfterMs: Number(told['retryAfterMs']) || findRetryAfterMs(header),
    status,
    isTokenRefused,
  })
}

/** What the caller gets of a good answer: the dialect takes the envelope off. */
export function unwrap({ backend }: Connection, body: unknown): unknown {
  try {
    return body === undefined || !backend.unwrap ? body : backend.unwrap(body)
  } catch (cause) {
    throw parseFailure(cause, 'protocol')
  }
}

/** Seconds or an HTTP date; undefined when absent or unreadable. Header names come in any case. */
function findRetryAfterMs(header: object): number | undefined {
  const [, value] = Object.entries(header).find(([name]) => /^retry-after$/i.test(name)) ?? []
  return Math.max(0, Number(value) * 1000 || Date.parse(value as string) - Date.now()) || undefined
}
