/**
 * POST /cgi-bin/stable_token: the app's access token, which all of /wxa and /cgi-bin wants.
 * Asked for without force_refresh: WeChat answers the present token until 5 minutes before its end.
 * https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-access-token/getStableAccessToken.html
 */
import * as z from 'zod'
import type { FreshTokens, IssuedToken } from './access-token-cache'
import { parseAnswer } from './answer'
import type { Endpoint } from './endpoint'
import type { WechatAnswer, WechatRequest } from './transport'
import { getSecret } from './wechat-app'
import type { WechatApp } from './wechat-app'
import { NotSentError, WechatError } from './wechat-error'

/** "Not the latest", "malformed", "missing", "expired": a new token may help, once. */
const TOKEN_ERRCODES = new Set([40001, 40014, 41001, 42001])

const success = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() })

export function requestAccessToken(app: WechatApp): WechatRequest {
  const { appid } = app
  return {
    path: '/cgi-bin/stable_token',
    query: {},
    body: { grant_type: 'client_credential', appid, secret: getSecret(app) },
  }
}

/** @throws WechatError */
export function processAccessTokenResponse(answer: WechatAnswer): IssuedToken {
  const { access_token, expires_in } = parseAnswer(answer, success)
  return { token: access_token, expiresInSeconds: expires_in }
}

export interface AccessTokens {
  /**
   * Calls with a token; once more with a new one if WeChat refuses the first.
   * @throws NotSentError when no token was to be had.
   */
  withToken<T>(app: WechatApp, deadlineMs: number, call: (token: string) => Promise<T>): Promise<T>
}

export function createAccessTokens(endpoint: Endpoint, freshTokens: FreshTokens): AccessTokens {
  async function getToken(app: WechatApp, deadlineMs: number): Promise<string> {
    try {
      return await freshTokens.get(app.appid, () =>
        endpoint.call(requestAccessToken(app), processAccessTokenResponse, deadlineMs),
      )
    } catch (error) {
      if (!(error instanceof WechatError)) throw error
      const { code, message, retryAfterSeconds } = error
      throw new NotSentError(code, message, { retryAfterSeconds, because: error })
    }
  }

  return {
    async withToken(app, deadlineMs, call) {
      const token = await getToken(app, deadlineMs)
      try {
        return await call(token)
      } catch (error) {
        if (!(error instanceof WechatError) || !TOKEN_ERRCODES.has(error.errcode)) throw error
        await freshTokens.drop(app.appid, token)
        return call(await getToken(app, deadlineMs))
      }
    },
  }
}
