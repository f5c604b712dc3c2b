/** The routes of the sign-in through WeChat's authorize page, and of the signature for WeChat's JS-SDK. */
import * as z from 'zod'
import { pickApp } from '../wechat/wechat-app'
import type { WechatApp } from '../wechat/wechat-app'
import { readQuery } from '../http/read-query'
import type { Route } from '../http/route'
import { appid, code } from '../http/schemas'
import { sendRedirect } from '../http/send'
import { authorizeUrl } from '../wechat/authorize-url'
import { CODE_ERRORS, WECHAT_CALL_ERRORS } from '../wechat/errcodes'
import { withOutcome } from './addresses'
import type { WebContext } from './context'
import { parsePageUrl, signPage } from './js-sdk'
import { signInByCode } from './official-account'
import { beginSignIn, finishSignIn } from './sign-ins'
import { startWebSession } from './web-sessions'

const loginQuery = z.strictObject({
  appid: appid.exactOptional(),
  scope: z.enum(['snsapi_base', 'snsapi_userinfo', 'snsapi_login']).default('snsapi_base'),
  to: z.string().default('/'),
})

/** WeChat may add its own parameters, so unknown ones are accepted. */
const callbackQuery = z.object({
  state: z.string().exactOptional(),
  code: code.exactOptional(),
})

const jsSdkQuery = z.strictObject({ url: z.string().max(2048), appid: appid.exactOptional() })

const jsSdkAnswer = z.strictObject({
  appId: z.string(),
  timestamp: z.int(),
  nonceStr: z.string(),
  signature: z.string(),
})

function loginRoute(web: WebContext): Route {
  const { addresses, config } = web
  return {
    method: 'get',
    path: '/v1/web/login',
    summary: "Sends the browser to WeChat's authorize page",
    auth: false,
    query: loginQuery,
    redirects: true,
    getHasSideEffects: true,
    errors: ['RATE_LIMITED', 'STORAGE_UNAVAILABLE'],
    async handle(req, res) {
      const { appid: wanted, scope, to } = readQuery(req, loginQuery)
      const returnTo = addresses.parseReturnAddress(to)
      const type = scope === 'snsapi_login' ? 'website' : 'official'
      const { appid } = pickApp(web.apps, type, wanted)
      const state = await beginSignIn(web, { req, res }, { appid, scope, returnTo })
      const redirectUri = `${config.publicUrl}${req.baseUrl}/v1/web/callback`
      return sendRedirect(res, authorizeUrl(config.openBase, { appid, redirectUri, scope, state }))
    },
  }
}

function callbackRoute(web: WebContext): Route {
  return {
    method: 'get',
    path: '/v1/web/callback',
    summary: 'Where WeChat sends the browser back: signs it in',
    auth: false,
    query: callbackQuery,
    redirects: true,
    getHasSideEffects: true,
    errors: [
      'STATE_INVALID',
      ...CODE_ERRORS,
      'WX_USER_BLOCKED',
      'NOT_BOUND',
      ...WECHAT_CALL_ERRORS,
      'STORAGE_UNAVAILABLE',
    ],
    async handle(req, res) {
      const { state = '', code: given } = readQuery(req, callbackQuery)
      const { appid, returnTo } = await finishSignIn(web, { req, res }, state)
      if (given === undefined) {
        return sendRedirect(res, withOutcome(returnTo, 'denied'))
      }
      const session = await signInByCode(web, req, { appid, code: given })
      if (session !== null) await startWebSession(web, req, res, session)
      return sendRedirect(res, session === null ? withOutcome(returnTo, 'snapshot') : returnTo)
    },
  }
}

function jsSdkRoute(web: WebContext): Route {
  return {
    method: 'get',
    path: '/v1/web/jssdk-config',
    summary: 'What wx.config of the JS-SDK needs on a page',
    auth: false,
    query: jsSdkQuery,
    answer: jsSdkAnswer,
    errors: ['WX_QUOTA', 'WX_UNAVAILABLE', 'WX_MISCONFIGURED', 'OVERLOADED'],
    async handle(req) {
      const { url: given, appid: wanted } = readQuery(req, jsSdkQuery)
      const url = parsePageUrl(given, web.addresses)
      const app = pickApp(web.apps, 'official', wanted)
      const ticket = await web.wechat.getJsapiTicket(app)
      return signPage(app.appid, { ticket, url, nowMs: web.now() })
    },
  }
}

export function createOfficialAccountRoutes(web: WebContext): Route[] {
  const has = (type: WechatApp['type']) => web.apps.some((app) => app.type === type)
  if (!has('official') && !has('website')) return []
  // The JS-SDK needs an official account.
  return [loginRoute(web), callbackRoute(web), ...(has('official') ? [jsSdkRoute(web)] : [])]
}
