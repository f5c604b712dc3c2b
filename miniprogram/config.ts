/**
 * The address of the BFF for each version of the mini-program. Never put an AppSecret, a key or a
 * token here, because everybody can read the package.
 */

import { hasApi } from './services/base-library'

type EnvVersion = 'develop' | 'trial' | 'release'

const baseUrls: Record<EnvVersion, string> = {
  // DevTools and the browser preview on this computer. On a phone 127.0.0.1 is the phone itself:
  // write the computer's address in the local network here and switch on the debug mode.
  develop: 'http://127.0.0.1:3000',
  // Change both to your own domain before you upload: HTTPS, and listed as a request and an upload
  // domain in the admin console (开发管理 → 服务器域名).
  trial: 'https://change-me.example.com',
  release: 'https://change-me.example.com',
}

/**
 * The running version. A client that can't tell counts as released, so that it never calls a
 * developer's machine: the API came with base library 2.2.2, its `envVersion` with 2.10.0.
 * https://developers.weixin.qq.com/miniprogram/dev/api/open-api/account-info/wx.getAccountInfoSync.html
 */
export function getEnvVersion(): EnvVersion {
  if (!hasApi('getAccountInfoSync')) return 'release'
  const { envVersion } = wx.getAccountInfoSync().miniProgram as { envVersion?: EnvVersion }
  return envVersion ?? 'release'
}

/** The BFF's address without a trailing slash. */
export function getBaseUrl(): string {
  return baseUrls[getEnvVersion()]
}
