/**
 * WeChat's client as platform-facts describes it: callbacks only and always asynchronous, success
 * for every HTTP status, codes and session_keys that change with each wx.login, taps that end with
 * their task, ten connections. `serve` implements the server; `deliver` controls the time.
 */
import type { Callbacks, Deliver, FakeReply, FakeRequest } from './fake-wx-network'
import type { FakeDialect } from './fake-wx-network'
import { dialects } from './fake-wx-dialects'
import { createNetwork } from './fake-wx-network'
import type { FakeSocket } from './fake-wx-sockets'
import { createSockets } from './fake-wx-sockets'

export type { FakeReply, FakeRequest } from './fake-wx-network'

export interface FakeWxOptions {
  /** The server: called when the request arrives, which is a separate step. */
  serve(request: FakeRequest): FakeReply
  /** Runs a callback one step later; by default with a timer of one millisecond. */
  deliver?(label: string, run: () => void): void
  storage?: Map<string, unknown>
  /** The backend's format; our own by default. */
  dialect?: FakeDialect
}

export interface FakeWx {
  /** The global `wx` of the mini-program; members may be replaced or deleted. */
  api: Record<string, unknown>
  requests: FakeRequest[]
  /** Times of the wx.login calls. */
  loginsAtMs: number[]
  checks: number
  /** The maximum of concurrent connections. */
  peak: number
  aborts: number
  /** Files that wx.downloadFile stored, by path. */
  files: Map<string, string>
  /** Whether onHeadersReceived reports the status; DevTools does not. */
  tellsStatusEarly: boolean
  dialect: FakeDialect
  /** Every opened socket, in order. */
  sockets: FakeSocket[]
  storage: Map<string, unknown>
  /** The version of the person's session_key; every wx.login creates a new one. */
  keyVersion: number
  /** The next results of wx.login; when empty, it returns a new code. */
  loginFaults: ('hang' | { errMsg?: string; errno?: number; code?: string })[]
  /** The result of wx.checkSession. */
  keyValid: boolean
  sdkVersion: string
  envVersion: string
  /** Runs a handler as a tap; the tap ends with its task. */
  tap<T>(handler: () => T): T
  /** The open sheet of wx.getUserProfile; null when there is none. */
  sheet: { desc: string; allow(profile?: object): void; refuse(): void } | null
  /** Data encrypted by WeChat now, with the current session_key. */
  seal(profile?: object): SealedProfile
  install(): void
}

interface SealedProfile {
  errMsg: string
  userInfo: { nickName: string; avatarUrl: string }
  rawData: string
  signature: string
  encryptedData: string
  iv: string
}

export const greyAvatar =
  'https://thirdwx.qlogo.cn/mmopen/vi_32/POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg/132'

export function createFakeWx(options: FakeWxOptions): FakeWx {
  const deliver = options.deliver ?? ((_label, run) => void setTimeout(run, 1))
  const fake: FakeWx = {
    api: {},
    requests: [],
    loginsAtMs: [],
    checks: 0,
    peak: 0,
    aborts: 0,
    files: new Map(),
    tellsStatusEarly: true,
    dialect: options.dialect ?? dialects.ours,
    sockets: [],
    storage: options.storage ?? new Map<string, unknown>(),
    keyVersion: 1,
    loginFaults: [],
    keyValid: true,
    sdkVersion: '3.5.0',
    envVersion: 'release',
    sheet: null,
    tap: (handler) => handler(),
    seal: (profile) => sealProfile(fake.keyVersion, profile),
    install: () => void Object.assign(globalThis, { wx: fake.api }),
  }
  Object.assign(fake.api, {
    ...createStorage(fake),
    ...createEnvironment(fake),
    ...createNetwork(fake, options.serve, deliver),
    ...createSockets(fake, deliver),
    ...createLogin(fake, deliver),
    ...createSheet(fake),
  })
  return fake
}

/** Reads what the real server would learn with the session_key: the version used for encryption. */
export function readKeyVersion(encryptedData: unknown): number {
  return Number(/^sealed-with-(\d+)$/.exec(String(encryptedData))?.[1])
}

function sealProfile(keyVersion: number, profile: object = {}): SealedProfile {
  const userInfo = { nickName: '王小明', avatarUrl: 'https://thirdwx.qlogo.cn/a/132', ...profile }
  return {
    errMsg: 'getUserProfile:ok',
    userInfo,
    rawData: JSON.stringify(userInfo),
    signature: `signed-with-${keyVersion}`,
    encryptedData: `sealed-with-${keyVersion}`,
    iv: 'aXY=',
  }
}

function createLogin(fake: FakeWx, deliver: Deliver): object {
  return {
    login({ success, fail }: Callbacks) {
      fake.loginsAtMs.push(Date.now())
      const count = fake.loginsAtMs.length
      const fault = fake.loginFaults.shift() ?? {}
      if (fault === 'hang') return
      deliver(`login ${count}`, () => {
        if (fault.errMsg !== undefined) {
          fail?.(fault)
          return
        }
        fake.keyVersion += 1
        fake.keyValid = true
        success?.({ code: fault.code ?? `code-${count}-${fake.keyVersion}`, errMsg: 'login:ok' })
      })
    },
    checkSession({ success, fail }: Callbacks) {
      fake.checks += 1
      deliver('checkSession', () => {
        if (fake.keyValid) success?.({ errMsg: 'checkSession:ok' })
        else fail?.({ errMsg: 'checkSession:fail session time out, need relogin' })
      })
    },
  }
}

function createSheet(fake: FakeWx): object {
  let tapping = false
  fake.tap = (handler) => {
    tapping = true
    // Microtasks still belong to the tap; timers do not.
    setTimeout(() => (tapping = false), 0)
    return handler()
  }
  return {
    getUserProfile({ desc, success, fail }: Callbacks & { desc: string }) {
      if (!tapping) {
        const errMsg = 'getUserProfile:fail can only be invoked by user TAP gesture.'
        setTimeout(() => fail?.({ errMsg }), 1)
        return
      }
      fake.sheet = {
        desc,
        allow(profile) {
          fake.sheet = null
          success?.(fake.seal(profile))
        },
        refuse() {
          fake.sheet = null
          fail?.({ errMsg: 'getUserProfile:fail auth deny' })
        },
      }
    },
  }
}

function createStorage(fake: FakeWx): object {
  return {
    getStorageSync: (key: string) => structuredClone(fake.storage.get(key) ?? ''),
    setStorageSync: (key: string, value: unknown) =>
      void fake.storage.set(key, structuredClone(value)),
    removeStorageSync: (key: string) => void fake.storage.delete(key),
  }
}

function createEnvironment(fake: FakeWx): object {
  return {
    getAccountInfoSync: () => ({
      miniProgram: { appId: 'wx5a6dbc0000000001', envVersion: fake.envVersion, version: '' },
    }),
    getAppBaseInfo: () => ({ SDKVersion: fake.sdkVersion }),
    getSystemInfoSync: () => ({ SDKVersion: fake.sdkVersion }),
  }
}
