/**
 * The access_tokens of the apps, in two families that know nothing of each other. Classic: each fetch
 * makes a new token, the one before lives five minutes more. Stable: the same token for all who ask,
 * renewed shortly before its end; a forced refresh ends it at once.
 * https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-access-token/getStableAccessToken.html
 */
import type { Clock } from './clock'
import { randomAccessToken } from './random'

const TTL_MS = 7200 * 1000
const OVERLAP_MS = 5 * 60 * 1000
/** For so long an ended token is told from one that never was. */
const REMEMBERED_MS = 24 * 3600 * 1000

export interface AccessToken {
  readonly token: string
  readonly appid: string
  readonly family: 'classic' | 'stable'
  readonly expiresAtMs: number
  /** From then on it is "not latest"; null for the latest. */
  supersededAtMs: number | null
}

export interface AccessTokens {
  issueClassic(appid: string): AccessToken
  getStable(appid: string): AccessToken
  /** A new stable token; every older stable one of this app is dead. */
  forceStable(appid: string): AccessToken
  /** What a token is worth. `invalid` is unknown or not the latest. */
  judge(token: string): AccessToken | 'invalid' | 'expired'
  /** Whole seconds that this token has left, rounded up: 7200 for a new one. */
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
  const ofFamily = (appid: string, family: AccessToken['family']): AccessToken[] =>
    [...tokens.values()].filter((token) => token.appid === appid && token.family === family)
  const issue = (appid: string, family: AccessToken['family']): AccessToken => {
    forgetOld(tokens, clock.nowMs() - REMEMBERED_MS)
    const times = { expiresAtMs: clock.nowMs() + TTL_MS, supersededAtMs: null }
    const token: AccessToken = { token: randomAccessToken(), appid, family, ...times }
    tokens.set(token.token, token)
    return token
  }
  /** Ends the tokens of a family that were the latest until now. */
  const supersede = (appid: string, family: AccessToken['family'], atMs: number): void => {
    for (const token of ofFamily(appid, family)) {
      if (token.supersededAtMs === null || token.supersededAtMs > atMs) token.supersededAtMs = atMs
    }
  }
  return {
    issueClassic: (appid) => {
      supersede(appid, 'classic', clock.nowMs() + OVERLAP_MS)
      return issue(appid, 'classic')
    },
    getStable: (appid) => {
      const latest = ofFamily(appid, 'stable').findLast(isLatest)
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
