/**
 * A WebSocket that stays connected: it logs in again after close code 4401, reconnects with bounded
 * backoff, and closes at logout.
 */
import type { AuthError } from './errors'
import { callSafely, createAuthError, parseFailure } from './errors'
import { dropToken, subscribe, stateOf } from './session'
import { assertBaseUrl, createAddress, createSlots, findRefusal, holdSlot } from './transport'
import type { AbortSignalLike, Auth } from './types'
import { fieldsOf } from './values'
import type { Cancellation } from './waits'
import { backoffMs, createCancellation, LONGEST_RETRY_AFTER_MS, pause } from './waits'
import type { WxSocketTask, WxTask } from './wx'
import { callAsync, noop, openSocket } from './wx'

/** `connecting` also between two connections; `closed` is final. */
export type SocketState = 'connecting' | 'open' | 'closed'

export interface ConnectOptions {
  /** Begins with one slash; it is appended to `baseUrl`, with `ws:` or `wss:` for its scheme. */
  path: string
  protocols?: string[]
  onMessage: (data: string | ArrayBuffer) => void
  /** `error` says why it is closed; absent after `close()`. */
  onState?: ((state: SocketState, error?: AuthError) => void) | undefined
  signal?: AbortSignalLike | undefined
}

export interface Socket {
  /** False if no connection is open; nothing is stored to be sent later. */
  send(data: string | ArrayBuffer): boolean
  close(): void
}

/** A server closes with this code when it refuses the token; the reason may be one of its error codes. */
const TOKEN_REFUSED = 4401
/** A connection that lasted this long was accepted, even if it received nothing. */
const ACCEPTED_AFTER_MS = 10000
/**
 * How many refusals in a row count as an expired token. Without a limit, a server that greets before it checks
 * the token would cause logins without end.
 */
const MAX_EARLY_EXPIRIES = 5
/** The wait doubles up to here: at most 32 s. */
const LONGEST_BACKOFF = 6
/** https://developers.weixin.qq.com/miniprogram/dev/framework/ability/network.html */
const MAX_SOCKETS = 5

type SetState = (state: SocketState, error?: AuthError) => void

/** What the consecutive connections of one socket share. */
interface Connection {
  readonly auth: Auth
  readonly options: ConnectOptions
  readonly life: Cancellation
  readonly setState: SetState
  /** Null between two connections. A task that is over may still call back; nothing of it counts. */
  task: WxSocketTask | null
  /** Infinity until the present connection is open. */
  openedAtMs: number
  /** Connections in a row that did not last `ACCEPTED_AFTER_MS`; the wait before the next one grows with them. */
  failures: number
  /** Whether the server accepted the last token: it sent something, or kept the connection open. */
  wasAccepted: boolean
  /** Tokens in a row that were refused before `ACCEPTED_AFTER_MS`. */
  earlyRefusals: number
}

/**
 * Connects, and keeps connected until `close()`, the abort of `signal`, or the logout. WeChat allows five sockets
 * at the same time; a sixth of this Auth waits for one of them to close. Two refusals of the token in a row close it.
 * @see https://developers.weixin.qq.com/miniprogram/dev/api/network/websocket/wx.connectSocket.html
 */
export function connect(auth: Auth, options: ConnectOptions): Socket {
  const life = createCancellation()
  let state: SocketState | null = null
  const setState: SetState = (next, error) => {
    if (state === next || state === 'closed') return
    state = next
    callSafely(() => options.onState?.(next, error))
  }
  const connection: Connection = {
    auth,
    options,
    life,
    setState,
    task: null,
    openedAtMs: Infinity,
    failures: 0,
    wasAccepted: false,
    earlyRefusals: 0,
  }
  const end = (reason: AuthError, error?: AuthError): void => {
    life.cancel(reason)
    setState('closed', error)
  }
  options.signal?.onAbort(() => {
    const aborted = createAuthError('aborted')
    end(aborted, aborted)
  })
  setState('connecting')
  const forget = subscribe(stateOf(auth).onLogout, life.cancel)
  keepConnected(connection).catch((error: unknown) => {
    forget()
    end(error as AuthError, error as AuthError)
  })
  return {
    send(data) {
      if (state !== 'open' || !connection.task) return false
      connection.task.send({ data })
      return true
    },
    close: () => end(createAuthError('aborted')),
  }
}

/** Rejects with the error that closes the socket for good. */
async function keepConnected(connection: Connection): Promise<never> {
  const { auth, life } = connection
  assertBaseUrl(stateOf(auth).baseUrl)
  for (;;) {
    if (life.reason) throw life.reason
    let retryAfterMs = 0
    try {
      await auth.withToken((token) => connectOnce(connection, token))
    } catch (error) {
      if (!mayPass(error as AuthError)) throw error
      retryAfterMs = (error as AuthError).retryAfterMs ?? 0
    }
    connection.wasAccepted = false
    const retry = Math.min(connection.failures, LONGEST_BACKOFF)
    connection.failures += 1
    await life.wait(pause(backoffMs(retry, Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS))))
  }
}

/** A failure of the network, or a server that is down or busy; also one of the login. */
function mayPass({ kind, status = 0 }: AuthError): boolean {
  return kind === 'network' || kind === 'timeout' || status === 429 || status >= 500
}

interface SocketCallbacks {
  /** Called when the connection is closed. */
  success: () => void
  fail: (failure: unknown) => void
}

/** Resolves when the connection is closed; rejects with status 401 when the server refused a new token. */
async function connectOnce(connection: Connection, token: string): Promise<void> {
  const { auth, options, life, setState } = connection
  const state = stateOf(auth)
  const slots = (state.socketSlots = state.socketSlots ?? createSlots(MAX_SOCKETS))
  await life.wait(slots.take)
  const slot = holdSlot(slots)
  let closeTask = noop
  const start = callAsync(({ success, fail }: SocketCallbacks): WxTask => {
    const { url, header } = createAddress(state, options.path, token)
    const { protocols } = options
    const task = openSocket({ url: url.replace(/^http/, 'ws'), header, protocols, fail })
    const giveUp = (failure: unknown): void => {
      fail(failure)
      closeTask()
    }
    listen(connection, task, token, { success, fail: giveUp })
    return { abort: () => task.close({ code: 1000 }) }
  })
  connection.openedAtMs = Infinity
  try {
    await life.wait(slot.use((...callbacks) => (closeTask = start(...callbacks))))
  } catch (failure) {
    // A refused handshake has its status only in the text.
    const isRefused = /\b401\b/.test(String(fieldsOf(failure)['errMsg']))
    throw isRefused ? createTokenRefusal(auth, '') : parseFailure(failure, 'network')
  } finally {
    connection.task = null
    if (hasLasted(connection)) connection.failures = 0
    if (!life.reason) setState('connecting')
    slot.leave()
  }
}

function hasLasted({ openedAtMs }: Connection): boolean {
  return Date.now() - openedAtMs >= ACCEPTED_AFTER_MS
}

/** `fail` also closes the task. */
function listen(
  connection: Connection,
  task: WxSocketTask,
  token: string,
  { success, fail }: SocketCallbacks,
): void {
  const { auth, options, life, setState } = connection
  connection.task = task
  const isPresent = (): boolean => connection.task === task && !life.reason
  task.onOpen(() => {
    if (!isPresent()) return
    connection.openedAtMs = Date.now()
    setState('open')
  })
  task.onMessage(({ data }) => {
    if (!isPresent()) return
    connection.wasAccepted = true
    callSafely(() => options.onMessage(data))
  })
  // The system's text, such as "Permission denied"; the prefix says that it is about the network.
  task.onError((failure) => fail({ errMsg: `connectSocket: ${failure?.errMsg}` }))
  task.onClose((closed) => {
    const refusal = isPresent() && judgeClose(connection, token, closed)
    if (refusal) fail(refusal)
    else success()
  })
  setTimeout(() => {
    if (isPresent() && connection.openedAtMs === Infinity) fail(createAuthError('timeout'))
  }, stateOf(auth).timeoutMs)
}

/**
 * The refusal of the token that closed the connection. Null if it was closed for another reason, or if a token that
 * was accepted has only expired; that is dropped, so that the next connection logs in.
 */
function judgeClose(
  connection: Connection,
  token: string,
  { code, reason = '' }: { code?: number; reason?: string },
): AuthError | null {
  const { auth } = connection
  const isEarly = !hasLasted(connection)
  if (!isEarly) connection.wasAccepted = true
  if (code !== TOKEN_REFUSED) return null
  connection.earlyRefusals = isEarly ? connection.earlyRefusals + 1 : 0
  const hasExpired = connection.wasAccepted && connection.earlyRefusals <= MAX_EARLY_EXPIRIES
  const refusal = createTokenRefusal(auth, reason)
  if (refusal.kind === 'signed-out' || !hasExpired) return refusal
  dropToken(stateOf(auth), token, false)
  return null
}

/** The dialect says what the reason means: a new login, or signed out by the person. */
function createTokenRefusal(auth: Auth, code: string): AuthError {
  const body = code ? { error: { code }, code } : undefined
  const error = findRefusal(stateOf(auth), { status: 401, body, header: {} })
  return error ?? createAuthError('api', 'refused', { status: 401, isTokenRefused: true })
}
