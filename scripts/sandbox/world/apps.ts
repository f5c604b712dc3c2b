/**
 * The two apps the sandbox knows: a mini-program and an official account, bound to one open-platform
 * account (so that a person has one unionid in both). Their secrets are no secrets.
 */
export type AppType = 'miniprogram' | 'official'

/** One registered app. `openAccount` is what its unionids are made from. */
export interface App {
  readonly appid: string
  readonly type: AppType
  readonly name: string
  readonly openAccount: string
}

const OPEN_ACCOUNT = 'sandbox-open-platform'

const APPS: readonly App[] = [
  {
    appid: 'wx5a6dbc0000000001',
    type: 'miniprogram',
    name: '沙箱小程序',
    openAccount: OPEN_ACCOUNT,
  },
  { appid: 'wx5a6dbc0000000002', type: 'official', name: '沙箱公众号', openAccount: OPEN_ACCOUNT },
]

export const KNOWN_APPIDS: readonly string[] = APPS.map((app) => app.appid)

/** The app of this id, or null when the sandbox has none. */
export const findApp = (appid: string): App | null =>
  APPS.find((app) => app.appid === appid) ?? null

/** The AppSecret of a sandbox app. */
export const secretOf = (app: App): string => `sandbox-secret-${app.appid}`
