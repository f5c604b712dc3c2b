/**
 * What people have agreed to on a consent page: an access_token for two hours and a refresh_token for
 * thirty days, for one person in one app. Their number is limited.
 * https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
 */
import type { Clock } from './clock'
import { randomAccessToken, randomRefreshToken } from './random'

const ACCESS_TTL_MS = 7200 * 1000
const REFRESH_TTL_MS = 30 * 24 * 3600 * 1000
const MAX_GRANTS = 50_000

export interface Grant {
  readonly appid: string
  readonly openid: string
  readonly scope: string
  readonly refreshToken: string
  readonly refreshExpiresAtMs: number
  accessToken: string
  accessExpiresAtMs: number
}

export interface Grants {
  issue(appid: string, openid: string, scope: string): Grant
  findByRefreshToken(refreshToken: string): Grant | null
  findByAccessToken(accessToken: string): Grant | null
  isAccessAlive(grant: Grant): boolean
  isRefreshAlive(grant: Grant): boolean
  /** Extends an access_token that is still valid, and replaces one that has expired. */
  refresh(grant: Grant): void
  all(): Grant[]
}

function dropOldest(byRefresh: Map<string, Grant>, byAccess: Map<string, Grant>): void {
  for (const [refreshToken, grant] of byRefresh) {
    if (byRefresh.size < MAX_GRANTS) return
    byRefresh.delete(refreshToken)
    byAccess.delete(grant.accessToken)
  }
}

export function createGrants(clock: Clock, saved: readonly Grant[] = []): Grants {
  const byRefresh = new Map<string, Grant>()
  const byAccess = new Map<string, Grant>()
  const add = (grant: Grant): void => {
    byRefresh.set(grant.refreshToken, grant)
    byAccess.set(grant.accessToken, grant)
  }
  saved.forEach(add)

  const isAccessAlive = (grant: Grant): boolean => grant.accessExpiresAtMs > clock.nowMs()
  return {
    issue: (appid, openid, scope) => {
      dropOldest(byRefresh, byAccess)
      const grant: Grant = {
        appid,
        openid,
        scope,
        refreshToken: randomRefreshToken(),
        refreshExpiresAtMs: clock.nowMs() + REFRESH_TTL_MS,
        accessToken: randomAccessToken(),
        accessExpiresAtMs: clock.nowMs() + ACCESS_TTL_MS,
      }
      add(grant)
      return grant
    },
    findByRefreshToken: (refreshToken) => byRefresh.get(refreshToken) ?? null,
    findByAccessToken: (accessToken) => byAccess.get(accessToken) ?? null,
    isAccessAlive,
    isRefreshAlive: (grant) => grant.refreshExpiresAtMs > clock.nowMs(),
    refresh: (grant) => {
      if (!isAccessAlive(grant)) {
        byAccess.delete(grant.accessToken)
        grant.accessToken = randomAccessToken()
        byAccess.set(grant.accessToken, grant)
      }
      grant.accessExpiresAtMs = clock.nowMs() + ACCESS_TTL_MS
    },
    all: () => [...byRefresh.values()],
  }
}
