/**
 * The login library: silent login, requests that survive a lost session, profile and phone. Copy this
 * folder into any mini-program; it shows no UI, uses no package, and calls `wx` through wx.ts only.
 */
import { deleteAccount, logout } from './account'
import type { Core } from './core'
import { createPhone } from './phone'
import { createProfile } from './profile'
import { request } from './request'
import { findHeld, findHolding, login, ready } from './session'
import { createStore } from './storage'
import { createPlaces } from './places'
import type { Auth, AuthOptions, RequestOptions, UploadOptions } from './types'
import { upload } from './upload'

export type { AuthError, AuthErrorKind } from './errors'
export { isAuthError } from './errors'
export { developerHint, userMessage } from './messages'
export type {
  Auth,
  AuthOptions,
  AuthState,
  HttpMethod,
  Phone,
  PhoneDetail,
  Profile,
  ProfileMode,
  RequestOptions,
  UploadOptions,
  UserInfoDetail,
} from './types'

type Listener = (auth: Auth) => void

/** One for the whole mini-program; two would each log in. Touches no API before its first use. */
export function createAuth(options: AuthOptions): Auth {
  const listeners = new Set<Listener>()
  const core = createCore(options, () => listeners.forEach((listener) => notify(listener, auth)))
  const auth: Auth = {
    get state() {
      const idle = findHolding(core) ? 'signed-in' : 'signed-out'
      return core.flight ? 'signing-in' : idle
    },
    get user() {
      return (core.flight ? findHeld(core) : findHolding(core))?.user ?? null
    },
    ready: () => ready(core, core.era),
    login: () => login(core),
    logout: () => logout(core),
    deleteAccount: () => deleteAccount(core),
    request: <T>(wanted: RequestOptions) => request(core, wanted) as Promise<T>,
    upload: <T>(wanted: UploadOptions) => upload(core, wanted) as Promise<T>,
    onChange(listener) {
      // Its own, so that who registers one function twice also takes it back twice.
      const own: Listener = (now) => listener(now)
      listeners.add(own)
      return () => listeners.delete(own)
    },
    profile: createProfile(core),
    phone: createPhone(core),
  }
  return auth
}

function createCore(given: AuthOptions, changed: () => void): Core {
  const options = {
    appid: '',
    storageKey: 'auth',
    timeoutMs: 10000,
    loginTimeoutMs: 15000,
    // Without those that are undefined: they mean the default.
    ...(JSON.parse(JSON.stringify(given)) as AuthOptions),
  }
  return {
    options,
    places: createPlaces(),
    order: { sealed: 0, waiting: [], codes: 0, exchange: null },
    pace: { callsAtMs: [], failures: 0, failedAtMs: 0 },
    store: createStore(options),
    changed,
    era: 0,
    flight: null,
    login: null,
  }
}

function notify(listener: Listener, auth: Auth): void {
  try {
    listener(auth)
  } catch (error) {
    // A page's mistake is the page's: App.onError sees it, the login goes on.
    setTimeout(() => {
      throw error
    })
  }
}
