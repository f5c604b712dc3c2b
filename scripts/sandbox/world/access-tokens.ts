/**
 * The access_tokens of the apps, in two independent families. Classic: each fetch makes a new token,
 * and the previous one stays valid for five minutes. Stable: each fetch gets the same token, which is
 * renewed five minutes before it expires; a forced refresh ends it at once.
 * https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-access-token/getStableAccessToken.html
 */
import type { Clock } from './clock'
import { randomAccessToken } from './random'

const TTL_MS = 7200 * 1000
const OVERLAP_MS = 5 * 60 * 1000
/** How long an expired token is remembered, so that it answers 42001 and not 40001. */
const REMEMBERED_MS = 24 * 3600 * 1000

export interface AccessToken {
  readonly token: string
  readonly appid: string
  readonly family: 'classic' | 'stable'
  readonly expiresAtMs: number
  /** When it stops being valid because a newer one exists; null for the newest. */
  supersededAtMs: number | null
}

export interface AccessTokens {
  issueClassic(appid: string): AccessToken
  getStable(appid: string): AccessToken
  /** Makes a new stable token and ends all older stable ones of this app. */
  forceStable(appid: string): AccessToken
  /** The valid token, or why it is not valid: `invalid` means unknown or replaced by a newer one. */
  judge(token: string): AccessToken | 'invalid' | 'expired'
  /** The seconds until this token expires, rounded up: 7200 for a new one. */
  secondsLeft(token: AccessToken): number
  all(): AccessToken[]
}

function forgetOld(tokens: Map<string, AccessToken>, beforeMs: number): void {
  for (const [text, { expiresAtMs }] of tokens) {
    if (expiresAtMs < beforeMs) tokens.delete(text)
  }
}

export function createAccessTokens(clock: Clock, saved: readonly AccessToken[] = []): AccessTokens {
  const tokens = new Map<string, AccessToken>(saved.map((token) => [token.token, token]))

  const isLatest = ({ supersededAtMs }: AccessToken): boolean =>
    supersededAtMs === null || supersededAtMs > clock.nowMs()
  const findFamily = (appid: string, family: AccessToken['family']): AccessToken[] =>
    [...tokens.values()].filter((token) => token.appid === appid && token.family === family)
  const issue = (appid: string, family: AccessToken['family']): AccessToken => {
    forgetOld(tokens, clock.nowMs() - REMEMBERED_MS)
    const times = { expiresAtMs: clock.nowMs() + TTL_MS, supersededAtMs: null }
    const token: AccessToken = { token: randomAccessToken(), appid, family, ...times }
    tokens.set(token.token, token)
    return token
  }
  /** Ends the valid tokens of a family at this instant. */
  const supersede = (appid: string, family: AccessToken['family'], atMs: number): void => {
    for (const token of findFamily(appid, family)) {
      if (token.supersededAtMs === null || token.supersededAtMs > atMs) token.supersededAtMs = atMs
    }
  }
  return {
    issueClassic: (appid) => {
      supersede(appid, 'classic', clock.nowMs() + OVERLAP_MS)
      return issue(appid, 'classic')
    },
    getStable: (appid) => {
      const latest = findFamily(appid, 'stable').findLast(isLatest)
      const isFresh = latest !== undefined && latest.expiresAtMs - clock.nowMs() > OVERLAP_MS
      return isFresh ? latest : issue(appid, 'stable')
    },
    forceStable: (appid) => {
      supersede(appid, 'stable', clock.nowMs())
      return issue(appid, 'stable')
    },
    judge: (text) => {
      const token = tokens.get(text)
      if (token === undefined || !isLatest(token)) return 'invalid'
      return token.expiresAtMs > clock.nowMs() ? token : 'expired'
    },
    secondsLeft: ({ expiresAtMs }) => Math.ceil((expiresAtMs - clock.nowMs()) / 1000),
    all: () => [...tokens.values()],
  }
}
