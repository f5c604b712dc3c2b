/**
 * One call to the server: a slot of the ten, where it goes, how long it may be silent, and what its answer
 * means. It retries nothing and knows no session.
 */
import type { Cancellation } from './waits'
import { limitSilence } from './waits'
import type { AuthError } from './errors'
import { createAuthError, isObject, parseFailure } from './errors'
import type { Address, Backend, Carry, Reply, Verdict } from './types'
import type { Settle, Starter, WxReply } from './wx'
import { callAsync, noop } from './wx'

/** Lets so many calls run at once; later ones wait in order. */
export interface Slots {
  take: Starter<void>
  giveBack: () => void
}

export function createSlots(limit: number): Slots {
  const waiting: (() => void)[] = []
  let free = limit
  return {
    take(resolve) {
      if (free > 0) {
        free -= 1
        resolve()
        return noop
      }
      waiting.push(resolve)
      return () => void waiting.splice(waiting.indexOf(resolve), 1)
    },
    giveBack() {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    },
  }
}

/** What calls need to know of the options of `createAuth`. */
export interface Connection {
  readonly baseUrl: string
  readonly timeoutMs: number
  readonly backend: Backend
  readonly carry: Carry
  /** The ten that WeChat allows: https://developers.weixin.qq.com/miniprogram/dev/framework/ability/network.html */
  readonly requestSlots: Slots
}

interface CallOptions {
  path: string
  /** Default GET. */
  method?: string
  data?: object | undefined
  header?: Record<string, string>
  auth: boolean
}

/** One call as it may be sent several times. */
export interface Call {
  path: string
  header: Record<string, string>
  auth: boolean
  cancellation: Cancellation
  /** How long it may be silent, in milliseconds. */
  silenceMs: number
  start: (address: Address, keepAlive: () => void) => Starter<WxReply>
  /** What the dialect judges; null where the answer is good and has no envelope. */
  read: (reply: WxReply) => Reply | null
}

/** A JSON call; its header goes out as it is. */
export function createCall(
  { carry, timeoutMs }: Connection,
  wanted: CallOptions,
  cancellation: Cancellation,
): Call {
  const { path, method = 'GET', data, header = {}, auth } = wanted
  assertPath(path)
  return {
    path,
    header,
    auth,
    cancellation,
    silenceMs: timeoutMs,
    start: (address) =>
      callAsync(carry, { ...address, method, ...(data && { data }), timeout: timeoutMs }),
    read: readReply,
  }
}

export type Outcome = { sent: false } | { sent: true; body: unknown }

/** How long an aborted call may keep its slot when WeChat doesn't call back at all. */
const ABANDONED_AFTER_MS = 10000

/**
 * Waits for a slot, then sends the call with the token that `findToken` gives at that moment; without one
 * it gives the slot back and says that nothing was sent. Rejects `network`, `timeout`, `aborted`, `api`,
 * `protocol`, `unsupported`, `signed-out`, or with the reason of the cancellation.
 */
export async function send(
  connection: Connection,
  call: Call,
  findToken: () => string | null = () => null,
): Promise<Outcome> {
  const { requestSlots } = connection
  await call.cancellation.wait(requestSlots.take)
  const slot = holdSlot(requestSlots)
  try {
    const token = call.auth ? findToken() : null
    if (call.auth && token === null) return { sent: false }
    const address = createAddress(connection, call.path, token, call.header)
    const reply = await call.cancellation.wait(
      limitSilence(call.silenceMs, (keepAlive) => slot.use(call.start(address, keepAlive))),
    )
    const read = call.read(reply)
    const refusal = read && findRefusal(connection, read)
    if (refusal) throw refusal
    return { sent: true, body: read?.body }
  } catch (error) {
    throw parseFailure(error, 'network')
  } finally {
    slot.leave()
  }
}

/** A slot that was taken. It goes back after `leave`, and not before WeChat has called back. */
export function holdSlot(slots: Slots): { use<T>(start: Starter<T>): Starter<T>; leave(): void } {
  let isOpen = false
  let hasLeft = false
  let isBack = false
  // One turn later, so that the next in the queue sees what this answer says about the token.
  const giveBack = (): void => {
    if (isBack) return
    isBack = true
    void Promise.resolve().then(slots.giveBack)
  }
  const close =
    <V>(report: Settle<V>): Settle<V> =>
    (value) => {
      isOpen = false
      if (hasLeft) giveBack()
      report(value)
    }
  return {
    use: (start) => (resolve, reject) => {
      isOpen = true
      return start(close(resolve), close(reject))
    },
    leave() {
      hasLeft = true
      if (isOpen) setTimeout(giveBack, ABANDONED_AFTER_MS)
      else giveBack()
    },
  }
}

/** One slash, no second one nor a backslash, and no control character. */
const pathPattern = /^\/(?![/\\])[ -~\u00a0-\uffff]*$/

/** Throws `unsupported` for a path that could take the token to another host. */
export function assertPath(path: string): void {
  if (!pathPattern.test(path)) throw createAuthError('unsupported', `bad path ${path}`)
}

/** Header names come in any case. */
export function withoutHeaders(
  header: Record<string, string>,
  names: string[],
): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(header))
    if (!names.includes(name.toLowerCase())) kept[name] = value
  return kept
}

/** Where a call goes and how it carries its token; null for a call without one. */
export function createAddress(
  { baseUrl, backend }: Connection,
  path: string,
  token: string | null,
  header: Record<string, string> = {},
): Address {
  assertPath(path)
  const { header: own = {}, query = {} } = token === null ? {} : backend.authorize(token)
  const ownNames = Object.keys(own).map((name) => name.toLowerCase())
  const search = Object.entries(query)
    .map((pair) => pair.map(encodeURIComponent).join('='))
    .join('&')
  const full = search ? path + (path.includes('?') ? '&' : '?') + search : path
  return {
    url: baseUrl + full,
    path: full,
    header: { ...withoutHeaders(header, ownNames), ...own },
  }
}

/** Parses what WeChat handed over; `data` is text where the body wasn't JSON, and after an upload. */
export function readReply({ statusCode, data, header }: WxReply): Reply {
  const isEmpty = data === undefined || data === '' || statusCode === 204
  const body = isEmpty ? undefined : typeof data === 'string' ? parseJson(data) : data
  return { status: statusCode, body, header: isObject(header) ? header : {} }
}

/** The text itself where it isn't JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

/** Why an answer is none; null for a good one. */
export function findRefusal({ backend }: Connection, reply: Reply): AuthError | null {
  const verdict = judge(backend, reply)
  return verdict === 'ok' ? null : createRefusal(verdict, reply)
}

/** What the caller gets of a good answer: the dialect takes the envelope off. */
export function unwrap({ backend }: Connection, body: unknown): unknown {
  if (body === undefined || !backend.unwrap) return body
  try {
    return backend.unwrap(body)
  } catch (cause) {
    throw createAuthError('protocol', 'The dialect could not unwrap the answer', { cause })
  }
}

function judge(backend: Backend, reply: Reply): Verdict {
  let verdict: Verdict = 'protocol'
  try {
    verdict = backend.judge(reply)
  } catch {
    // A dialect may stumble over a body that isn't its backend's: a gateway's page, an empty one.
  }
  if (verdict === 'login-again' || verdict === 'signed-out') return verdict
  if (reply.status === 401) return 'login-again'
  return typeof reply.body === 'string' ? 'protocol' : verdict
}

function createRefusal(
  verdict: Exclude<Verdict, 'ok'>,
  { status, body, header }: Reply,
): AuthError {
  // What our own BFF tells of a refusal; other dialects tell it in their verdict.
  const { error } = isObject(body) ? body : {}
  const named = (isObject(error) ? error : {}) as { code?: string; requestId?: string }
  const told = typeof verdict === 'object' ? verdict : { code: named.code }
  const kindOfToken = isObject(body) ? 'api' : 'protocol'
  const kind =
    verdict === 'login-again'
      ? kindOfToken
      : verdict === told
        ? 'api'
        : (verdict as Exclude<Verdict, object | 'ok' | 'login-again'>)
  return createAuthError(kind, `${status} ${told.code}`, {
    retryAfterMs: findRetryAfterMs(header),
    requestId: named.requestId,
    ...told,
    status,
    loginAgain: verdict === 'login-again',
  })
}

/** Seconds or an HTTP date; undefined when absent or unreadable. */
function findRetryAfterMs(header: object): number | undefined {
  const found = Object.entries(header).find(([name]) => name.toLowerCase() === 'retry-after')
  const value = String(found?.[1])
  return Math.max(0, Number(value) * 1000 || Date.parse(value) - Date.now()) || undefined
}
