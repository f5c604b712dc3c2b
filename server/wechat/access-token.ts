/**
 * The app's access token for /wxa/*: fetched once, shared by all who ask meanwhile, kept until five
 * minutes before its end, and dropped when WeChat says that it is no good.
 * https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-access-token/getStableAccessToken.html
 */
import * as z from 'zod'
import type { WechatApp } from '../config'
import { parseAnswer } from './answer'
import type { WechatSend } from './call'
import type { TransportAnswer } from './transport'
import { WechatError } from './wechat-error'

/** WeChat renews this early; both tokens work meanwhile. */
const RENEW_BEFORE_END_SECONDS = 300
/** "Not the latest", "malformed", "expired": a new token may help, once. */
const TOKEN_ERRCODES = new Set([40001, 40014, 42001])

const success = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() })

interface KeptToken {
  token: string
  renewAtMs: number
}

/** Where tokens are kept: in this process, or shared by several. */
export interface TokenShelf {
  find(appid: string): Promise<KeptToken | null>
  put(appid: string, kept: KeptToken): Promise<void>
  drop(appid: string, token: string): Promise<void>
  /** Runs `fetch` while no other process that shares this shelf does so for this app. */
  alone(appid: string, fetch: () => Promise<string>): Promise<string>
}

export function createMemoryShelf(): TokenShelf {
  const kept = new Map<string, KeptToken>()
  return {
    find: (appid) => Promise.resolve(kept.get(appid) ?? null),
    put(appid, token) {
      kept.set(appid, token)
      return Promise.resolve()
    },
    drop(appid, token) {
      if (kept.get(appid)?.token === token) kept.delete(appid)
      return Promise.resolve()
    },
    alone: (_appid, fetch) => fetch(),
  }
}

function requestStableToken(send: WechatSend, app: WechatApp): Promise<TransportAnswer> {
  return send({
    path: '/cgi-bin/stable_token',
    query: {},
    body: { grant_type: 'client_credential', appid: app.appid, secret: app.secret },
  })
}

export interface AccessTokens {
  /** Runs `work` with a token; once more with a new one if WeChat refuses the first. */
  withToken<T>(send: WechatSend, app: WechatApp, work: (token: string) => Promise<T>): Promise<T>
}

export function createAccessTokens(shelf: TokenShelf, now: () => number): AccessTokens {
  const underWay = new Map<string, Promise<string>>()

  async function fetchToken(send: WechatSend, app: WechatApp): Promise<string> {
    const answer = parseAnswer(await requestStableToken(send, app), success)
    // A token near its end is used for half of what is left, not fetched on every call.
    const keepSeconds = Math.max(
      answer.expires_in - RENEW_BEFORE_END_SECONDS,
      answer.expires_in / 2,
    )
    await shelf.put(app.appid, {
      token: answer.access_token,
      renewAtMs: now() + keepSeconds * 1000,
    })
    return answer.access_token
  }

  async function findFresh(appid: string): Promise<string | null> {
    const kept = await shelf.find(appid)
    return kept !== null && kept.renewAtMs > now() ? kept.token : null
  }

  async function getToken(send: WechatSend, app: WechatApp): Promise<string> {
    const fresh = await findFresh(app.appid)
    if (fresh !== null) return fresh
    const known = underWay.get(app.appid)
    if (known !== undefined) return known
    // Another process may have fetched one while this one waited for its turn.
    const fetching = shelf
      .alone(app.appid, async () => (await findFresh(app.appid)) ?? fetchToken(send, app))
      .finally(() => {
        underWay.delete(app.appid)
      })
    underWay.set(app.appid, fetching)
    return fetching
  }

  return {
    async withToken(send, app, work) {
      const token = await getToken(send, app)
      try {
        return await work(token)
      } catch (error) {
        if (!(error instanceof WechatError) || !TOKEN_ERRCODES.has(error.errcode)) throw error
        await shelf.drop(app.appid, token)
        return work(await getToken(send, app))
      }
    },
  }
}
