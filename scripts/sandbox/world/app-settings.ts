/**
 * What a developer configures for an app on WeChat's website. By default nothing is restricted, so that
 * every backend works with the sandbox at once.
 */
interface Settings {
  /** The host names that redirect_uri may have. */
  readonly redirectDomains?: readonly string[] | undefined
  /** The pages of the released mini-program. */
  readonly pages?: readonly string[] | undefined
}

export interface AppSettings {
  set(appid: string, settings: Settings): void
  allowsRedirect(appid: string, target: URL): boolean
  hasPage(appid: string, page: string): boolean
}

export function createAppSettings(): AppSettings {
  const byAppid = new Map<string, Settings>()
  return {
    set: (appid, settings) => {
      byAppid.set(appid, { ...byAppid.get(appid), ...settings })
    },
    allowsRedirect: (appid, { hostname }) =>
      byAppid.get(appid)?.redirectDomains?.includes(hostname) ?? true,
    hasPage: (appid, page) => byAppid.get(appid)?.pages?.includes(page) ?? true,
  }
}
