/**
 * One login from cool-down to session: `wx.login`, then the exchange of its code, at most twice within one
 * time limit. A code is sent once and never again, whatever came back. Every caller shares the login that is
 * in progress and its outcome. `wx.checkSession` renews the session_key on the server; it says nothing
 * about our token.
 */
import type { User } from '../../typings/api'
import type { AuthError } from './errors'
import {
  assertShape,
  createAuthError,
  createSignedOutError,
  fieldsOf,
  isText,
  parseFailure,
} from './errors'
import type { LoginThrottle, State, StoredSession } from './session'
import {
  assertGeneration,
  createSession,
  endLogout,
  findSession,
  findValidSession,
  getUser,
  save,
  syncWithStorage,
} from './session'
import type { SessionRecord } from './storage'
import { isSessionRecord } from './storage'
import { createCall, send } from './transport'
import type { Backend } from './types'
import type { Cancellation } from './waits'
import { backoffMs, createCancellation, pause } from './waits'
import type { Starter } from './wx'
import { callAsync, noop } from './wx'

/** Resolves once there is a valid session, after a silent login where needed. */
export async function ready(state: State, generation: number): Promise<User> {
  syncWithStorage(state)
  assertGeneration(state, generation)
  const session = findValidSession(state)
  if (!session) return renew(state, generation)
  checkSessionKeyLater(state, session)
  return getUser(session)
}

/** A new login, or the one in progress; ends the user's earlier logout. */
export async function login(state: State): Promise<User> {
  endLogout(state)
  return renew(state, state.generation)
}

/** Joins the login in progress or starts one; rejects `signed-out` when a logout came between. */
export async function renew(state: State, generation: number): Promise<User> {
  await startLogin(state)
  assertGeneration(state, generation)
  const session = findSession(state)
  if (!session) throw createSignedOutError()
  return getUser(session)
}

export function startLogin(state: State): Promise<void> {
  if (state.loginInProgress) return state.loginInProgress
  const { generation } = state
  const cancellation = createCancellation()
  // A turn later: a login that began at once could ask for itself before `loginInProgress` is set.
  const loginInProgress = Promise.resolve().then(() => attempt(state, cancellation, generation))
  state.loginCancellation = cancellation
  state.loginInProgress = loginInProgress
  state.notify()
  return loginInProgress
}

async function attempt(
  state: State,
  cancellation: Cancellation,
  generation: number,
): Promise<void> {
  const failure = await findFailure(logIn(state, cancellation))
  if (generation === state.generation) {
    state.failures = failure ? state.failures + 1 : 0
    state.failedAtMs = Date.now()
    state.loginInProgress = null
    state.notify()
  }
  if (failure) throw failure
}

/** Null where it resolves. A mistake in `extra` or in a dialect is `unsupported`. */
function findFailure(promise: Promise<void>): Promise<AuthError | null> {
  return promise.then(
    () => null,
    (error: unknown) => parseFailure(error, 'unsupported'),
  )
}

/** Rejects with the reason of the cancellation, and with `timeout` after `loginTimeoutMs`. */
async function logIn(state: State, cancellation: Cancellation): Promise<void> {
  const { loginTimeoutMs } = state
  for (let ms; (ms = coolDownMs(state)) > 0;) await cancellation.wait(pause(ms))
  const endsAtMs = Date.now() + loginTimeoutMs
  const timer = setTimeout(() => cancellation.cancel(createAuthError('timeout')), loginTimeoutMs)
  try {
    for (let tries = 1; ; tries += 1) {
      const failure = await exchange(state, cancellation, await takeCode(state, cancellation))
      if (!failure) return
      const ms = tries < 2 ? secondTryInMs(failure) : Infinity
      if (Date.now() + ms >= endsAtMs) throw failure
      await cancellation.wait(pause(ms))
    }
  } finally {
    clearTimeout(timer)
  }
}

/** @see https://developers.weixin.qq.com/miniprogram/dev/api/open-api/login/wx.login.html */
async function takeCode(state: State, cancellation: Cancellation): Promise<string> {
  // No await may stand between this check and the call of wx.login.
  for (let ms; (ms = spacingMs(state)) > 0 || state.sealedInProgress > 0;)
    await cancellation.wait(state.sealedInProgress > 0 ? untilUnlocked(state) : pause(ms))
  state.callsAtMs = [Date.now(), ...state.callsAtMs].slice(0, CALLS_PER_WINDOW)
  state.openLogins += 1
  try {
    const timeout = state.loginTimeoutMs
    const { code } = await cancellation.wait(callAsync<{ code?: unknown }>('login', { timeout }))
    return assertCode(code)
  } catch (error) {
    throw parseFailure(error, 'network')
  } finally {
    state.openLogins -= 1
  }
}

/** Resolves when the last piece of encrypted data is open; look at the lock again before acting on it. */
function untilUnlocked({ onUnlocked }: State): Starter<void> {
  return (resolve) => {
    onUnlocked.push(resolve)
    return noop
  }
}

function assertCode(code: unknown): string {
  if (!isText(code)) throw createAuthError('protocol', 'no code', { code: 'NO_LOGIN_CODE' })
  // DevTools without an AppID answers the sentence "the code is a mock one".
  if (/\s/.test(code)) throw createAuthError('unsupported', code, { code: 'MOCK_CODE' })
  return code
}

/** Null once signed in, or why the code was spent for nothing. */
async function exchange(
  state: State,
  cancellation: Cancellation,
  code: string,
): Promise<AuthError | null> {
  const { backend } = state
  const call = createCall(state, backend.login(code, state.extra()))
  const spend = async (): Promise<void> => {
    const outcome = await send(state, call, cancellation)
    const session = createSession(parseSession(backend.readSession(outcome?.body)))
    // A token that is new and yet over means a wrong clock: then only the server can tell.
    if (session.validUntilMs <= Date.now()) session.validUntilMs = Infinity
    syncWithStorage(state)
    if (cancellation.reason) throw cancellation.reason
    save(state, session)
  }
  state.exchange = findFailure(spend())
  const failure = await state.exchange
  state.exchange = null
  return failure
}

/** Infinity where a second code would meet the same refusal. */
function secondTryInMs({ kind, code = '', status = 0, retryAfterMs }: AuthError): number {
  if (code.startsWith('WX_CODE_')) return 0
  const mayPass = kind !== 'api' || (status >= 500 && code !== 'WX_MISCONFIGURED')
  return mayPass ? backoffMs(0, retryAfterMs) : Infinity
}

/** Instants of a dialect are ISO 8601, milliseconds or seconds; below this a number is seconds. */
const FIRST_MILLISECONDS = 100000000000

/** Throws `protocol` for what is no session. */
function parseSession(answer: ReturnType<Backend['readSession']>): SessionRecord {
  const { token, user, expiresAt } = answer ?? { token: '' }
  const isSeconds = typeof expiresAt === 'number' && expiresAt < FIRST_MILLISECONDS
  const instant = isSeconds ? expiresAt * 1000 : expiresAt
  const endsAt = typeof instant === 'number' ? new Date(instant).toISOString() : instant
  return assertShape(isSessionRecord, { token, user: user ?? undefined, expiresAt: endsAt })
}

/** Once a launch, after the caller has gone on: the server should hold the key before data is sealed. */
function checkSessionKeyLater(state: State, session: StoredSession): void {
  if (!session.isUnchecked) return
  session.isUnchecked = false
  setTimeout(() => {
    callAsync('checkSession')(noop, (failure) => {
      // 100: this client has no such API, and no news is good news.
      const { errno } = fieldsOf(failure)
      if (errno !== 100 && state.session === session) startLogin(state).catch(noop)
    })
  })
}

/** https://developers.weixin.qq.com/miniprogram/dev/framework/performance/api-frequency.html */
const CALLS_PER_WINDOW = 4
/** One millisecond more than the second, since timers may fire a fraction early. */
const WINDOW_MS = 1001
const FAILURES_BEFORE_COOL_DOWN = 3
const LONGEST_COOL_DOWN_MS = 60000

/** Milliseconds until the next login may begin: 1, 2, 4 … 60 s after 3 failures in a row; 0 for now. */
function coolDownMs({ failures, failedAtMs }: LoginThrottle): number {
  if (failures < FAILURES_BEFORE_COOL_DOWN) return 0
  const lengthMs = 1000 * 2 ** (failures - FAILURES_BEFORE_COOL_DOWN)
  return remainingMs(failedAtMs, Math.min(LONGEST_COOL_DOWN_MS, lengthMs))
}

/** Milliseconds until `wx.login` may be called: at most 4 times a second; 0 or less for now. */
function spacingMs({ callsAtMs }: LoginThrottle): number {
  return remainingMs(callsAtMs[CALLS_PER_WINDOW - 1] ?? -Infinity, WINDOW_MS)
}

/** A clock that was set back must not make anyone wait for it to catch up. */
function remainingMs(sinceMs: number, lengthMs: number): number {
  const goneMs = Date.now() - sinceMs
  return goneMs < 0 ? 0 : lengthMs - goneMs
}
