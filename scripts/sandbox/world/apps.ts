/**
 * The apps of the sandbox: a mini-program and an official account. Both are bound to one open-platform
 * account, so a person has the same unionid in each of them.
 */
import { MINI_PROGRAM_APPID, OFFICIAL_ACCOUNT_APPID } from '../defaults'

export interface App {
  readonly appid: string
  readonly type: 'miniprogram' | 'official'
  readonly name: string
}

/** The open-platform account that all apps are bound to. */
export const OPEN_ACCOUNT = 'sandbox-open-platform'

export const APPS: readonly App[] = [
  { appid: MINI_PROGRAM_APPID, type: 'miniprogram', name: '沙箱小程序' },
  { appid: OFFICIAL_ACCOUNT_APPID, type: 'official', name: '沙箱公众号' },
]

/** The app with this id, or null when the sandbox has none. */
export const findApp = (appid: string): App | null =>
  APPS.find((app) => app.appid === appid) ?? null
