/**
 * WeChat's endpoints. As with WeChat, errors have HTTP status 200; the content type is text/plain
 * under /sns/ and application/json elsewhere.
 */
import { PAY_ROUTES } from '../pay/routes'
import type { World } from '../world/world'
import { answerAuthorize, answerQrConnect } from './authorize'
import { checkMedia, checkText } from './content'
import type { Endpoint, WechatAnswer, WechatRequest } from './endpoint'
import { exchangeLoginCode } from './login'
import { checkOauthToken, exchangeOauthCode, fetchUserinfo, refreshOauthToken } from './oauth'
import { fetchPaidUnionid } from './payment'
import { fetchPhoneNumber } from './phone'
import { Refusal, errorBody } from './refusal'
import { fetchMiniProgramCode } from './miniprogram-code'
import { checkSession, resetSessionKey } from './session'
import { fetchTicket } from './ticket'
import { fetchStableToken, fetchToken } from './tokens'

export interface WechatRoute {
  readonly path: string
  answer(world: World, request: WechatRequest): WechatAnswer
  /** The answer with this errcode. An endpoint without errcodes has no such answer. */
  refuse?(world: World, errcode: number): WechatAnswer
  /** The answer with this status, where it has a body of its own. */
  fail?(world: World, request: WechatRequest, status: number): WechatAnswer | null
}

const contentTypeOf = (path: string): string =>
  path.startsWith('/sns/') ? 'text/plain' : 'application/json'

function refusal(path: string, world: World, errcode: number, status = 200): WechatAnswer {
  const text = new Refusal(errcode).message
  const body = JSON.stringify(errorBody(path, errcode, text, world.clock.wallMs()))
  return { status, contentType: contentTypeOf(path), body, outcome: `errcode ${errcode}` }
}

/** A route that answers JSON or a picture. A wrong method is 43001 (needs GET) or 43002 (needs POST). */
const apiRoute = (path: string, methods: readonly string[], endpoint: Endpoint): WechatRoute => ({
  path,
  answer: (world, request) => {
    if (!methods.includes(request.method)) {
      return refusal(path, world, methods.includes('GET') ? 43001 : 43002)
    }
    try {
      const result = endpoint(world, request)
      return Buffer.isBuffer(result)
        ? { status: 200, contentType: 'image/png', body: result, outcome: 'ok' }
        : {
            status: 200,
            contentType: contentTypeOf(path),
            body: JSON.stringify(result),
            outcome: 'ok',
          }
    } catch (error) {
      if (error instanceof Refusal) return refusal(path, world, error.errcode)
      throw error
    }
  },
  refuse: (world, errcode) => refusal(path, world, errcode),
})

const get = (path: string, endpoint: Endpoint) => apiRoute(path, ['GET'], endpoint)
const post = (path: string, endpoint: Endpoint) => apiRoute(path, ['POST'], endpoint)
const getOrPost = (path: string, endpoint: Endpoint) => apiRoute(path, ['GET', 'POST'], endpoint)

const pageRoute = (path: string, answer: WechatRoute['answer']): WechatRoute => ({
  path,
  answer,
  refuse: (world, errcode) => refusal(path, world, errcode),
})

export const WECHAT_ROUTES: readonly WechatRoute[] = [
  // Reads the query only: parameters in a body count as missing.
  getOrPost('/sns/jscode2session', exchangeLoginCode),
  getOrPost('/cgi-bin/token', fetchToken),
  post('/cgi-bin/stable_token', fetchStableToken),
  get('/wxa/checksession', checkSession),
  get('/wxa/resetusersessionkey', resetSessionKey),
  post('/wxa/business/getuserphonenumber', fetchPhoneNumber),
  post('/wxa/msg_sec_check', checkText),
  post('/wxa/media_check_async', checkMedia),
  get('/wxa/getpaidunionid', fetchPaidUnionid),
  post('/wxa/getwxacodeunlimit', fetchMiniProgramCode),
  get('/cgi-bin/ticket/getticket', fetchTicket),
  get('/sns/oauth2/access_token', exchangeOauthCode),
  get('/sns/oauth2/refresh_token', refreshOauthToken),
  get('/sns/userinfo', fetchUserinfo),
  get('/sns/auth', checkOauthToken),
  pageRoute('/connect/oauth2/authorize', answerAuthorize),
  pageRoute('/connect/qrconnect', answerQrConnect),
  ...PAY_ROUTES,
]

export const WECHAT_PATHS: readonly string[] = WECHAT_ROUTES.map((route) => route.path)

/** The paths whose endpoints answer errcodes. */
export const ERRCODE_PATHS: readonly string[] = WECHAT_ROUTES.filter(
  (route) => route.refuse !== undefined,
).map((route) => route.path)

/** Every other path: 40066 with status 404. */
export const UNKNOWN_ROUTE: WechatRoute = {
  path: '/',
  answer: (world, { path }) => refusal(path, world, 40066, 404),
  refuse: (world, errcode) => refusal('/', world, errcode),
}
