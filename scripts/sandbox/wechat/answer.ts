/**
 * Answers a request to one of WeChat's endpoints as WeChat would: HTTP 200 also for errors, text/plain
 * under /sns/, application/json elsewhere.
 */
import type { World } from '../world/world'
import { AUTHORIZE_PATH, answerAuthorize } from './authorize'
import { checkMedia, checkText } from './content'
import type { Endpoint, WechatAnswer, WechatRequest } from './endpoint'
import { exchangeLoginCode } from './login'
import { checkOauthToken, exchangeOauthCode, fetchUserinfo, refreshOauthToken } from './oauth'
import { fetchPaidUnionid } from './payment'
import { fetchPhoneNumber } from './phone'
import { Refusal, errorBody } from './refusal'
import { checkSession, resetSessionKey } from './session'
import { fetchStableToken, fetchToken } from './tokens'

interface Served {
  readonly methods: readonly string[]
  readonly endpoint: Endpoint
}

const get = (endpoint: Endpoint): Served => ({ methods: ['GET'], endpoint })
const post = (endpoint: Endpoint): Served => ({ methods: ['POST'], endpoint })
const getOrPost = (endpoint: Endpoint): Served => ({ methods: ['GET', 'POST'], endpoint })

const ENDPOINTS: ReadonlyMap<string, Served> = new Map([
  // It reads the query only: parameters in a body are missing ones.
  ['/sns/jscode2session', getOrPost(exchangeLoginCode)],
  ['/cgi-bin/token', getOrPost(fetchToken)],
  ['/cgi-bin/stable_token', post(fetchStableToken)],
  ['/wxa/checksession', get(checkSession)],
  ['/wxa/resetusersessionkey', get(resetSessionKey)],
  ['/wxa/business/getuserphonenumber', post(fetchPhoneNumber)],
  ['/wxa/msg_sec_check', post(checkText)],
  ['/wxa/media_check_async', post(checkMedia)],
  ['/wxa/getpaidunionid', get(fetchPaidUnionid)],
  ['/sns/oauth2/access_token', get(exchangeOauthCode)],
  ['/sns/oauth2/refresh_token', get(refreshOauthToken)],
  ['/sns/userinfo', get(fetchUserinfo)],
  ['/sns/auth', get(checkOauthToken)],
])

export const WECHAT_PATHS: readonly string[] = [...ENDPOINTS.keys(), AUTHORIZE_PATH]

const contentTypeOf = (path: string): string =>
  path.startsWith('/sns/') ? 'text/plain' : 'application/json'

/** The answer that carries this errcode, as this path would give it. */
export function refuse(path: string, errcode: number, nowMs: number, status = 200): WechatAnswer {
  const body = JSON.stringify(errorBody(path, errcode, new Refusal(errcode).message, nowMs))
  return { status, contentType: contentTypeOf(path), body, outcome: `errcode ${errcode}` }
}

export function answerWechat(world: World, request: WechatRequest): WechatAnswer {
  const { path, method } = request
  if (path === AUTHORIZE_PATH) return answerAuthorize(world, request)
  const served = ENDPOINTS.get(path)
  if (served === undefined) return refuse(path, 40066, world.clock.wallMs(), 404)
  if (!served.methods.includes(method)) {
    return refuse(path, served.methods.includes('GET') ? 43001 : 43002, world.clock.wallMs())
  }
  try {
    const body = JSON.stringify(served.endpoint(world, request))
    return { status: 200, contentType: contentTypeOf(path), body, outcome: 'ok' }
  } catch (error) {
    if (error instanceof Refusal) return refuse(path, error.errcode, world.clock.wallMs())
    throw error
  }
}
