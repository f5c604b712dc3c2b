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
import { backoffMs, createCancellation, pause } from './waits'
import type { WxSocketTask, WxTask } from './wx'
import { callAsync, openSocket } from './wx'

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

/** State that consecutive connections share. */
interface Connection {
  task: WxSocketTask | null
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
  const connection: Connection = { task: null, wasAccepted: false, earlyRefusals: 0 }
  let state: SocketState | null = null
  const setState = (next: SocketState, error?: AuthError): void => {
    if (state === next || state === 'closed') return
    state = next
    callSafely(() => options.onState?.(next, error))
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
  keepConnected(auth, options, life, connection, setState).catch((error: unknown) => {
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

type SetState = (state: SocketState) => void

/** Rejects with the error that closes the socket for good. */
async function keepConnected(
  auth: Auth,
  options: ConnectOptions,
  life: Cancellation,
  connection: Connection,
  setState: SetState,
): Promise<never> {
  assertBaseUrl(stateOf(auth).baseUrl)
  for (let failures = 0; ; failures += 1) {
    assertAlive(life)
    try {
      await auth.withToken((token) => connectOnce(auth, options, token, life, connection, setState))
    } catch (error) {
      assertAlive(life)
      const { kind } = error as AuthError
      // Only a failure of the network may pass, also one of the login.
      if (kind !== 'network' && kind !== 'timeout') throw error
    }
    if (connection.wasAccepted) failures = 0
    connection.wasAccepted = false
    await life.wait(pause(backoffMs(Math.min(failures, LONGEST_BACKOFF))))
  }
}

function assertAlive({ reason }: Cancellation): void {
  if (reason) throw reason
}

interface SocketCallbacks {
  /** Called when the connection is closed. */
  success: () => void
  fail: (failure: unknown) => void
}

/** Resolves when the connection is closed; rejects with status 401 when the server refused a new token. */
async function connectOnce(
  auth: Auth,
  { path, protocols, onMessage }: ConnectOptions,
  token: string,
  life: Cancellation,
  connection: Connection,
  setState: SetState,
): Promise<void> {
  const state = stateOf(auth)
  const slots = (state.socketSlots = state.socketSlots ?? createSlots(MAX_SOCKETS))
  await life.wait(slots.take)
  const slot = holdSlot(slots)
  let openedAtMs = Infinity
  const open = ({ success, fail }: SocketCallbacks): WxTask => {
    const { url, header } = createAddress(state, path, token)
    const task = openSocket({ url: url.replace(/^http/, 'ws'), header, protocols, fail })
    connection.task = task
    task.onOpen(() => {
      openedAtMs = Date.now()
      if (!life.reason) setState('open')
    })
    task.onMessage(({ data }) => {
      connection.wasAccepted = true
      if (!life.reason) callSafely(() => onMessage(data))
    })
    task.onError(fail)
    task.onClose((closed) => {
      const refusal = judgeClose(auth, token, connection, Date.now() - openedAtMs, closed)
      if (refusal) fail(refusal)
      else success()
    })
    return { abort: () => task.close({ code: 1000 }) }
  }
  try {
    await life.wait(slot.use(callAsync(open)))
  } catch (failure) {
    // A refused handshake has its status only in the text.
    const isRefused = /\b401\b/.test(String(fieldsOf(failure)['errMsg']))
    throw isRefused ? createTokenRefusal(auth, '') : parseFailure(failure, 'network')
  } finally {
    connection.task = null
    if (!life.reason) setState('connecting')
    slot.leave()
  }
}

/**
 * The refusal of the token that closed the connection. Null if it was closed for another reason, or if a token that
 * was accepted has only expired; that is dropped, so that the next connection logs in.
 */
function judgeClose(
  auth: Auth,
  token: string,
  connection: Connection,
  lastedMs: number,
  { code, reason = '' }: { code?: number; reason?: string },
): AuthError | null {
  const isEarly = lastedMs < ACCEPTED_AFTER_MS
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
