/**
 * POST /cgi-bin/stable_token: the app's access token, which all of /wxa and /cgi-bin need. We do
 * not set force_refresh, so WeChat answers the present token until 5 minutes before its end.
 * https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-access-token/getStableAccessToken.html
 */
import * as z from 'zod'
import type { TokenFetcher, IssuedToken } from './access-token-cache'
import { parseAnswer } from './answer'
import { newDeadline } from './endpoint'
import type { Endpoint, WechatAnswer, WechatRequest } from './endpoint'
import { getSecret } from './wechat-app'
import type { WechatApp } from './wechat-app'
import { NotSentError, WechatError } from './wechat-error'

/** "Not the latest", "malformed", "missing", "expired": a new token may help, once. */
const TOKEN_ERRCODES = new Set([40001, 40014, 41001, 42001])

const success = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() })

function requestAccessToken(app: WechatApp): WechatRequest {
  const { appid } = app
  return {
    path: '/cgi-bin/stable_token',
    query: {},
    body: { grant_type: 'client_credential', appid, secret: getSecret(app) },
  }
}

function judgeAccessToken(answer: WechatAnswer): IssuedToken {
  const { access_token, expires_in } = parseAnswer(answer, success)
  return { token: access_token, expiresInSeconds: expires_in }
}

/**
 * Calls an endpoint with the app's access token, and once more with a new one if WeChat refuses the first.
 *
 * @param deadlineMs for all these calls together; by default it starts now.
 * @throws WechatError; NotSentError when no token could be fetched.
 */
export type CallWithToken = <T>(
  endpoint: Endpoint,
  app: WechatApp,
  toRequest: (token: string) => WechatRequest,
  judge: (answer: WechatAnswer) => T,
  deadlineMs?: number,
) => Promise<T>

/** The first attempt already sent the code, so it is spent even if the second was never sent. */
function asSent(error: unknown): unknown {
  if (!(error instanceof NotSentError)) return error
  const { errcode, rid, code, message, alert, retryAfterSeconds } = error
  const wait = retryAfterSeconds === null ? {} : { retryAfterSeconds }
  return new WechatError(errcode, rid, { code, message, alert, ...wait })
}

export function createCallWithToken(
  tokenEndpoint: Endpoint,
  tokenFetcher: TokenFetcher,
): CallWithToken {
  async function getToken(app: WechatApp, deadlineMs: number): Promise<string> {
    try {
      return await tokenFetcher.get(app.appid, () =>
        tokenEndpoint.call(requestAccessToken(app), judgeAccessToken, deadlineMs),
      )
    } catch (error) {
      if (!(error instanceof WechatError)) throw error
      const { code, message, retryAfterSeconds } = error
      throw new NotSentError(code, message, { retryAfterSeconds, because: error })
    }
  }

  return async (endpoint, app, toRequest, judge, deadlineMs = newDeadline()) => {
    const token = await getToken(app, deadlineMs)
    const repeat = async () =>
      endpoint.call(toRequest(await getToken(app, deadlineMs)), judge, deadlineMs)
    try {
      return await endpoint.call(toRequest(token), judge, deadlineMs)
    } catch (error) {
      if (!(error instanceof WechatError) || !TOKEN_ERRCODES.has(error.errcode)) throw error
      await tokenFetcher.drop(app.appid, token)
      return repeat().catch((again: unknown) => {
        throw asSent(again)
      })
    }
  }
}
