/**
 * Which features this phone's base library has. Versions are compared part by part as numbers,
 * because as strings '2.9.0' would come after '2.21.2'.
 */

/**
 * Whether the API exists here. Don't use `wx.canIUse`: it looks the version up in a table and
 * returns true for an API that a host other than WeChat lacks.
 */
export function hasApi(name: keyof WechatMiniprogram.Wx): boolean {
  return typeof wx[name] === 'function'
}

/** How hosts below base library 2.20.1 describe themselves; later ones may return `{}`. */
interface OldHost {
  getSystemInfoSync(): { SDKVersion?: string; platform?: string }
}

function askOldHost(): { SDKVersion?: string; platform?: string } {
  return (wx as unknown as OldHost).getSystemInfoSync()
}

/**
 * The base library's version, such as '3.15.1'; '0.0.0' when the host does not say.
 * https://developers.weixin.qq.com/miniprogram/dev/api/base/system/wx.getAppBaseInfo.html
 */
export function getBaseLibraryVersion(): string {
  const { SDKVersion } = hasApi('getAppBaseInfo') ? wx.getAppBaseInfo() : askOldHost()
  return SDKVersion ?? '0.0.0'
}

export function isBaseLibraryAtLeast(wanted: string): boolean {
  return compareVersions(getBaseLibraryVersion(), wanted) >= 0
}

/** Negative, zero or positive, like a sort function; missing parts count as 0. */
export function compareVersions(left: string, right: string): number {
  const leftParts = left.split('.').map(Number)
  const rightParts = right.split('.').map(Number)
  const length = Math.max(leftParts.length, rightParts.length)
  for (let index = 0; index < length; index += 1) {
    const difference = (leftParts[index] ?? 0) - (rightParts[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** True in WeChat DevTools, where some controls are emulated. */
export function isDevTools(): boolean {
  const { platform } = hasApi('getDeviceInfo') ? wx.getDeviceInfo() : askOldHost()
  return platform === 'devtools'
}
