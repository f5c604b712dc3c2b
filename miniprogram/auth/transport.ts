/**
 * One call to the server: a slot of the ten, where it goes, how long it may be silent, and what its answer
 * means. It retries nothing and knows no session.
 */
import type { Cancellation } from './waits'
import { beforeSettling, limitSilence } from './waits'
import type { AuthError, AuthErrorDetails, AuthErrorKind } from './errors'
import { assertOption, createAuthError, fieldsOf, isObject, parseFailure } from './errors'
import type { Address, Backend, Call, Carry, Reply, Verdict, WantedCall } from './types'
import type { Starter, WxReply } from './wx'
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

/** A JSON call as it may be sent several times; its header goes out as it is. */
export function createCall({ carry, timeoutMs }: Connection, wanted: WantedCall): Call {
  const { path, method = 'GET', data, header } = wanted
  return {
    path,
    header,
    start: (address) =>
      callAsync(carry, { ...address, method, ...(data && { data }), timeout: timeoutMs }),
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
  { wait }: Cancellation,
  findToken?: () => string | null,
): Promise<Outcome> {
  const { requestSlots, timeoutMs } = connection
  await wait(requestSlots.take)
  const slot = holdSlot(requestSlots)
  try {
    const token = findToken?.()
    if (token === null) return null
    const address = createAddress(connection, call.path, token, call.header)
    const reply = await wait(
      limitSilence(call.silenceMs ?? timeoutMs, (keepAlive) =>
        slot.use(call.start(address, keepAlive)),
      ),
    )
    const read = call.read(reply)
    const refusal = read && findRefusal(connection, read)
    if (refusal) throw refusal
    return { body: read?.body }
  } catch (error) {
    throw parseFailure(error, 'network')
  } finally {
    slot.leave()
  }
}

/** A slot that was taken. It goes back after `leave`, and not before WeChat has called back. */
export function holdSlot(slots: Slots): { use<T>(start: Starter<T>): Starter<T>; leave(): void } {
  let calledBack = Promise.resolve()
  return {
    use: (start) => (resolve, reject) => {
      let settle = noop
      const settled = new Promise<void>((done) => (settle = done))
      const stop = beforeSettling(start, settle)(resolve, reject)
      calledBack = settled
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
  assertOption(pathPattern.test(path), 'path', path)
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

/** Where a call goes and how it carries its token, where it has one. */
export function createAddress(
  { baseUrl, backend }: Connection,
  path: string,
  token: string | undefined,
  header: Record<string, string> = {},
): Address {
  assertPath(path)
  const { header: own = {}, query = {} } = token === undefined ? {} : backend.authorize(token)
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

/** Why an answer is none; null for a good one. */
export function findRefusal({ backend }: Connection, reply: Reply): AuthError | null {
  const verdict = judge(backend, reply)
  if (verdict === 'ok') return null
  const { status, body, header } = reply
  const loginAgain = verdict === 'login-again'
  let kind: AuthErrorKind = isObject(body) || !loginAgain ? 'api' : 'protocol'
  if (typeof verdict === 'string' && !loginAgain) kind = verdict
  // What our own BFF tells of a refusal; other dialects tell it in their verdict.
  const { code, requestId } = fieldsOf(fieldsOf(body)['error']) as AuthErrorDetails
  const retryAfterMs = findRetryAfterMs(header)
  const told = { code, ...fieldsOf(verdict) }
  return createAuthError(kind, `${status} ${told.code}`, {
    retryAfterMs,
    requestId,
    ...told,
    status,
    loginAgain,
  })
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

/** Seconds or an HTTP date; undefined when absent or unreadable. */
function findRetryAfterMs(header: object): number | undefined {
  const found = Object.entries(header).find(([name]) => name.toLowerCase() === 'retry-after')
  const value = String(found?.[1])
  return Math.max(0, Number(value) * 1000 || Date.parse(value) - Date.now()) || undefined
}
