/**
 * One login from cool-down to session: `wx.login`, then the exchange of its code, at most twice
 * within one time limit. A code is sent at most once, whatever the outcome. All callers share the
 * login in progress and its outcome. A failed `wx.checkSession` starts a login, so that the server
 * gets the new session_key; it says nothing about our token.
 */
import type { User } from '../../typings/api'
import type { AuthError, AuthErrorKind } from './errors'
import { createAuthError, parseFailure } from './errors'
import { sendPendingLogouts } from './logout'
import type { State } from './session'
import {
  assertGeneration,
  dropToken,
  findSession,
  findUser,
  findValidSession,
  isLoggedOut,
  subscribe,
  notify,
  refusesToken,
  save,
  syncWithStorage,
} from './session'
import type { Session } from './storage'
import { createCall, send } from './transport'
import type { Backend } from './types'
import { fieldsOf, isText } from './values'
import type { Cancellation } from './waits'
import { backoffMs, createCancellation, pause } from './waits'
import { callAsync, noop } from './wx'

/** Resolves once there is a valid session, after a silent login where needed. */
export async function ready(state: State, generation: number): Promise<User> {
  syncAndLaunch(state)
  assertGeneration(state, generation)
  const session = findValidSession(state)
  return session ? findUser(session) : renew(state, generation, 'no-session')
}

/** A new login, or the one in progress; ends the user's earlier logout. */
export async function login(state: State): Promise<User> {
  syncWithStorage(state)
  if (isLoggedOut(state)) save(state, null)
  const { generation, loginInProgress } = state
  try {
    return await renew(state, generation, 'tap')
  } catch (error) {
    // The silent login that this one joined was refused, because the person was signed out elsewhere.
    const { kind } = error as AuthError
    if (!loginInProgress || kind !== 'signed-out' || !refusesToken(error)) throw error
    return login(state)
  }
}

/**
 * Why a login starts. `no-session` takes a session that another context has stored meanwhile.
 * `no-session` and `renewal` are silent: the server may answer that the person was signed out.
 */
type Purpose = 'tap' | 'no-session' | 'renewal'

/** Joins the login in progress or starts one; rejects `signed-out` after a logout in between. */
export async function renew(state: State, generation: number, purpose: Purpose): Promise<User> {
  await startLogin(state, purpose)
  assertGeneration(state, generation)
  return findUser(findSession(state))
}

function startLogin(state: State, purpose: Purpose): Promise<void> {
  let login = state.loginInProgress
  if (!login) {
    login = attemptLogin(state, purpose)
    state.loginInProgress = login
    // A listener may log out, which clears the field.
    notify(state)
  }
  return login
}

/** The cancellation of one login, and what the login is for. */
interface Attempt extends Cancellation {
  readonly purpose: Purpose
}

async function attemptLogin(state: State, purpose: Purpose): Promise<void> {
  const { generation } = state
  const attempt: Attempt = Object.assign(createCancellation(), { purpose })
  const forget = subscribe(state.onLogout, attempt.cancel)
  // Any other error is a mistake in `extra` or in a dialect.
  const failure = await findFailure(logIn(state, attempt), 'unsupported')
  forget()
  if (generation === state.generation) {
    state.failures = failure ? state.failures + 1 : 0
    state.failedAtMs = Date.now()
    state.loginInProgress = undefined
    notify(state)
  }
  if (failure) throw failure
  void sendPendingLogouts(state)
}

/** Null if the promise resolves; `otherwise` is the kind for an error that is not ours. */
function findFailure(promise: Promise<void>, otherwise: AuthErrorKind): Promise<AuthError | null> {
  return promise.then(
    () => null,
    (error: unknown) => parseFailure(error, otherwise),
  )
}

/** Rejects with the reason of the cancellation, and with `timeout` after `loginTimeoutMs`. */
async function logIn(state: State, attempt: Attempt): Promise<void> {
  const { loginTimeoutMs } = state
  const ms = coolDownMs(state)
  if (ms > 0) await attempt.wait(pause(ms))
  const timer = setTimeout(() => attempt.cancel(createAuthError('timeout')), loginTimeoutMs)
  try {
    let failure = await exchange(state, attempt)
    const secondInMs = failure ? secondTryInMs(failure) : Infinity
    if (secondInMs < loginTimeoutMs) {
      await attempt.wait(pause(secondInMs))
      failure = await exchange(state, attempt)
    }
    if (failure) throw failure
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Null if another context has logged in and its session may be taken.
 * @see https://developers.weixin.qq.com/miniprogram/dev/api/open-api/login/wx.login.html
 */
async function takeCode(state: State, { wait, purpose }: Attempt): Promise<string | null> {
  const { loginSlots, loginTimeoutMs: timeout } = state
  await wait(loginSlots.take)
  try {
    // No await may stand between this check and the call of wx.login.
    while (state.sealedInProgress > 0) await wait((resolve) => subscribe(state.onUnlocked, resolve))
    syncWithStorage(state)
    if (purpose === 'no-session' && findValidSession(state)) return null
    state.isLoginCallPending = true
    const { code } = await wait(callAsync<{ code?: unknown }>('login', { timeout }))
    if (!isText(code)) throw createAuthError('protocol')
    // DevTools without an AppID answers the sentence "the code is a mock one".
    if (/\s/.test(code)) throw createAuthError('unsupported', code, { code: 'MOCK_CODE' })
    return code
  } catch (error) {
    throw parseFailure(error, 'network')
  } finally {
    state.isLoginCallPending = false
    setTimeout(loginSlots.giveBack, WINDOW_MS)
  }
}

/** Gets a code and exchanges it: null once signed in, or the error of the exchange. */
async function exchange(state: State, attempt: Attempt): Promise<AuthError | null> {
  const { backend } = state
  const code = await takeCode(state, attempt)
  if (code === null) return null
  const renewed = attempt.purpose === 'tap' ? undefined : findSession(state)?.token
  const call = createCall(state, backend.login(code, state.extra?.(), renewed))
  const spend = async (): Promise<void> => {
    const outcome = await send(state, call, undefined, attempt)
    const session = parseSession(backend.readSession(outcome?.body))
    syncWithStorage(state)
    if (attempt.reason) throw attempt.reason
    save(state, session)
  }
  // `readSession` may throw for a body of another backend.
  state.exchange = findFailure(spend(), 'protocol')
  const failure = await state.exchange
  state.exchange = undefined
  // The server refused to renew this session. A logout here has the same kind, but no answer.
  if (renewed && failure?.kind === 'signed-out' && refusesToken(failure)) {
    dropToken(state, renewed, true)
    throw failure
  }
  return failure
}

/** Infinity if a second code would meet the same refusal. */
function secondTryInMs({ kind, code, status = 0, retryAfterMs }: AuthError): number {
  if (code?.startsWith('WX_CODE_')) return 0
  const mayPass = kind !== 'api' || (status >= 500 && code !== 'WX_MISCONFIGURED')
  return mayPass ? backoffMs(0, retryAfterMs) : Infinity
}

/** Used when no end is known. Not Infinity, which the storage can't store. */
const NEVER_MS = 1e16
/** Instants of a dialect are ISO 8601, milliseconds or seconds; below this a number is seconds. */
const FIRST_MILLISECONDS = 1e11

type Answer = NonNullable<ReturnType<Backend['readSession']>>

/** Throws `protocol` for what is not a session. */
function parseSession(answer: Answer | null): Session {
  const { token, expiresAt, user = null } = fieldsOf(answer) as Partial<Answer>
  const end = expiresAt ?? NEVER_MS
  const instant = typeof end === 'number' ? end : Date.parse(end)
  if (!isText(token) || !(instant > 0)) throw createAuthError('protocol')
  const endMs = instant < FIRST_MILLISECONDS ? instant * 1000 : instant
  // A new token that has already expired means a wrong clock; then only the server can tell.
  return { token, validUntilMs: endMs > Date.now() ? endMs : NEVER_MS, user: user as object | null }
}

/**
 * Reads what other contexts have stored. Once per launch, after the caller, it also sends logouts made
 * offline, and checks that the server has the valid session_key before data is sealed.
 * @see https://developers.weixin.qq.com/miniprogram/dev/api/open-api/login/wx.checkSession.html
 */
export function syncAndLaunch(state: State): void {
  syncWithStorage(state)
  if (state.hasLaunched) return
  state.hasLaunched = true
  const token = findValidSession(state)?.token
  const onFailure = (failure: unknown): void => {
    // 100: this client does not have the API, so we assume that the session_key is valid.
    const { errno } = fieldsOf(failure)
    syncWithStorage(state)
    if (errno !== 100 && findSession(state)?.token === token)
      startLogin(state, 'renewal').catch(noop)
  }
  setTimeout(() => {
    void sendPendingLogouts(state)
    if (token) callAsync('checkSession')(noop, onFailure, noop)
  })
}

/** One millisecond more than the second in which 4 calls are allowed: timers may fire a fraction early. */
const WINDOW_MS = 1001
const FAILURES_BEFORE_COOL_DOWN = 3
const LONGEST_COOL_DOWN_MS = 60000

/** Milliseconds until the next login may begin: 1, 2, 4 … 60 s after 3 failures in a row; 0 if it may now. */
function coolDownMs({ failures, failedAtMs }: State): number {
  if (failures < FAILURES_BEFORE_COOL_DOWN) return 0
  const lengthMs = 1000 * 2 ** (failures - FAILURES_BEFORE_COOL_DOWN)
  const goneMs = Date.now() - failedAtMs
  // A clock that was set back must not make the wait longer.
  return goneMs < 0 ? 0 : Math.min(LONGEST_COOL_DOWN_MS, lengthMs) - goneMs
}
