/**
 * The apps of the sandbox: a mini-program, an official account and a website. All are bound to one
 * open-platform account, so a person has the same unionid in each of them.
 */
import { SANDBOX_MINI_PROGRAM, SANDBOX_OFFICIAL_ACCOUNT, SANDBOX_WEBSITE } from '../../lib/defaults'

export type AppType = 'miniprogram' | 'official' | 'website'

export interface App {
  readonly appid: string
  readonly type: AppType
  readonly name: string
}

/** The open-platform account that all apps are bound to. */
export const OPEN_ACCOUNT = 'sandbox-open-platform'

export const APPS: readonly App[] = [
  { appid: SANDBOX_MINI_PROGRAM, type: 'miniprogram', name: '沙箱小程序' },
  { appid: SANDBOX_OFFICIAL_ACCOUNT, type: 'official', name: '沙箱公众号' },
  { appid: SANDBOX_WEBSITE, type: 'website', name: '沙箱网站应用' },
]

/** The app with this id, or null when the sandbox has none. */
export const findApp = (appid: string): App | null =>
  APPS.find((app) => app.appid === appid) ?? null
