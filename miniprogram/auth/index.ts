/**
 * The login library: silent login, requests that survive a lost session, profile and phone. Copy this
 * folder into any mini-program; it shows no UI, uses no package, and calls `wx` through wx.ts only.
 */
import { createBffBackend } from './backends/bff'
import { assertOption } from './errors'
import { login, ready, syncAndLaunch } from './login'
import { logout } from './logout'
import { createPhone } from './phone'
import { createProfile } from './profile'
import { request, withToken } from './request'
import type { State } from './session'
import { findSession, findUser, findValidSession, subscribe } from './session'
import { assertBaseUrl, createSlots } from './transport'
import type { Auth, AuthOptions, CloudOptions, RequestOptions, UploadOptions } from './types'
import { upload } from './upload'

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
  CloudOptions,
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

/**
 * Create one for the whole mini-program; two would each log in. It calls no API before its first use.
 * Throws `unsupported` for options that can't work, and says which.
 *
 * @example
 * const auth = createAuth({ baseUrl: 'https://api.example.com' })
 *
 * const user = await auth.ready()                                      // cached, or a silent login
 * const orders = await auth.request<Order[]>({ path: '/v1/orders' })   // survives a lost session
 * await auth.logout()                                                  // silent until auth.login()
 */
export function createAuth(options: AuthOptions | CloudOptions): Auth {
  const state = createState(options)
  const auth: Auth = {
    get state() {
      syncAndLaunch(state)
      if (state.loginInProgress) return 'signing-in'
      return findValidSession(state) ? 'signed-in' : 'signed-out'
    },
    get user() {
      syncAndLaunch(state)
      return findUser(state.loginInProgress ? findSession(state) : findValidSession(state))
    },
    ready: () => ready(state, state.generation),
    login: () => login(state),
    logout: () => logout(state),
    request: <T>(wanted: RequestOptions) => request(state, wanted) as Promise<T>,
    upload: <T>(wanted: UploadOptions) => upload(state, wanted) as Promise<T>,
    withToken: (send) => withToken(state, send),
    // Wrap the listener, because a Set would keep one that is registered twice only once.
    onChange: (listener) => subscribe(state.listeners, () => listener(auth)),
    profile: createProfile(state),
    phone: createPhone(state),
    internals: state,
  }
  return auth
}

function createState(options: AuthOptions | CloudOptions): State {
  const {
    baseUrl = '',
    appid = '',
    carry = options.transport ?? 'request',
    storageKey = 'auth',
    timeoutMs = 10000,
    loginTimeoutMs = 15000,
  } = options
  if (carry === 'request' || baseUrl) assertBaseUrl(baseUrl)
  for (const [name, ms] of Object.entries({ timeoutMs, loginTimeoutMs }))
    assertOption(ms >= 1 && ms <= 2147483647, `${name} is 1 to 2147483647`, ms)
  return {
    baseUrl,
    appid,
    storageKey,
    carry,
    timeoutMs,
    loginTimeoutMs,
    extra: options.extra,
    backend: options.backend ?? createBffBackend(appid),
    requestSlots: createSlots(MAX_REQUESTS),
    loginSlots: createSlots(MAX_LOGINS),
    sealedInProgress: 0,
    onUnlocked: new Set(),
    failures: 0,
    failedAtMs: 0,
    listeners: new Set(),
    onLogout: new Set(),
    logouts: Promise.resolve(),
    generation: 0,
    writeId: -1,
    pendingLogouts: [],
    userCalls: 0,
    savedUserCall: 0,
  }
}

/** https://developers.weixin.qq.com/miniprogram/dev/framework/ability/network.html */
const MAX_REQUESTS = 10
/** Per second: https://developers.weixin.qq.com/miniprogram/dev/framework/performance/api-frequency.html */
const MAX_LOGINS = 4
