/**
 * The login library: silent login, requests that survive a lost session, profile and phone. Copy this
 * folder into any mini-program; it shows no UI, uses no package, and calls `wx` through wx.ts only.
 */
import { deleteAccount, logout, sendPendingLogouts } from './account'
import { createBffBackend } from './backends/bff'
import { assertOption } from './errors'
import { login, ready } from './login'
import { createPhone } from './phone'
import { createProfile } from './profile'
import { request, sendCustom, withToken } from './request'
import type { State } from './session'
import { findSession, findValidSession, getUser } from './session'
import { createSessionStorage } from './storage'
import { createAddress, createSlots, findRefusal } from './transport'
import type { Auth, AuthOptions, RequestOptions, UploadOptions } from './types'
import { upload } from './upload'
import { sendByRequest } from './wx'

export type { User } from '../../typings/api'
export type { AuthError, AuthErrorKind } from './errors'
export { isAuthError } from './errors'
export { developerHint, userMessage } from './messages'
export type {
  AbortSignalLike,
  Auth,
  AuthOptions,
  AuthState,
  Backend,
  Carry,
  CarryOptions,
  HttpMethod,
  Phone,
  PhoneDetail,
  Profile,
  ProfileMode,
  Reply,
  RequestOptions,
  UploadOptions,
  UserInfoDetail,
  Verdict,
} from './types'

type Listener = (auth: Auth) => void

/**
 * One for the whole mini-program; two would each log in. Touches no API before its first use. Throws
 * `unsupported` for options that can't work, and says which.
 *
 * @example
 * const auth = createAuth({ baseUrl: 'https://api.example.com' })
 *
 * const user = await auth.ready()                                      // cached, or a silent login
 * const orders = await auth.request<Order[]>({ path: '/v1/orders' })   // survives a lost session
 * await auth.logout()                                                  // silent until auth.login()
 */
export function createAuth(options: AuthOptions): Auth {
  const listeners = new Set<Listener>()
  const state = createState(options, () => listeners.forEach((listener) => tell(listener, auth)))
  const auth: Auth = {
    get state() {
      if (state.loginInProgress) return 'signing-in'
      return findValidSession(state) ? 'signed-in' : 'signed-out'
    },
    get user() {
      const session = state.loginInProgress ? findSession(state) : findValidSession(state)
      return session && getUser(session)
    },
    ready: () => ready(state, state.generation),
    async login() {
      const user = await login(state)
      void sendPendingLogouts(state)
      return user
    },
    logout: () => logout(state),
    deleteAccount: () => deleteAccount(state),
    request: <T>(wanted: RequestOptions) => request(state, wanted) as Promise<T>,
    upload: <T>(wanted: UploadOptions) => upload(state, wanted) as Promise<T>,
    withToken: (send) => withToken(state, send),
    onChange(listener) {
      // Its own, so that a function that is registered twice is also taken back twice.
      const own: Listener = (now) => listener(now)
      listeners.add(own)
      return () => listeners.delete(own)
    },
    profile: createProfile(state),
    phone: createPhone(state),
    calls: {
      send: (call) => sendCustom(state, call),
      address: (path, token) => createAddress(state, path, token),
      judge: (reply) => findRefusal(state, reply),
    },
  }
  return auth
}

function createState(options: AuthOptions, notify: () => void): State {
  const { baseUrl, appid = '', storageKey = 'auth', extra, backend, carry } = options
  const { timeoutMs = 10000, loginTimeoutMs = 15000 } = options
  assertOption(Boolean(carry) || baseUrlPattern.test(baseUrl), 'baseUrl', baseUrl)
  for (const [name, ms] of Object.entries({ timeoutMs, loginTimeoutMs }))
    assertOption(ms >= 1 && ms <= LONGEST_TIMER_MS, name, ms)
  const state: State = {
    baseUrl,
    timeoutMs,
    loginTimeoutMs,
    extra: () => readExtra(extra),
    backend: backend ?? createBffBackend(appid),
    carry: carry ?? sendByRequest,
    requestSlots: createSlots(MAX_REQUESTS),
    storage: createSessionStorage({ storageKey, appid, baseUrl }),
    sealedInProgress: 0,
    onUnlocked: [],
    openLogins: 0,
    exchange: null,
    callsAtMs: [],
    failures: 0,
    failedAtMs: 0,
    notify,
    onPendingLogouts: () => void sendPendingLogouts(state),
    untilLogout: new Set(),
    logoutsInProgress: new Set(),
    generation: 0,
    revision: -1,
    pendingLogouts: [],
    loginInProgress: null,
    loginCancellation: null,
  }
  return state
}

/** https://developers.weixin.qq.com/miniprogram/dev/framework/ability/network.html */
const MAX_REQUESTS = 10
/** The longest that a timer can wait. */
const LONGEST_TIMER_MS = 2147483647

/** Such as `https://api.example.com`: no query, no user, no slash at the end. */
const baseUrlPattern = /^https?:\/\/[^?#\\@\s]*[^/?#\\@\s]$/

/** Nothing is sent where there is nothing. */
function readExtra(extra: AuthOptions['extra']): object | undefined {
  const given = extra?.()
  return given && Object.keys(given).length > 0 ? given : undefined
}

function tell(listener: Listener, auth: Auth): void {
  try {
    listener(auth)
  } catch (mistake) {
    // A page's mistake is the page's: App.onError sees it, the login goes on.
    setTimeout(() => {
      throw mistake
    })
  }
}
