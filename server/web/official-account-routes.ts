/** The way through WeChat's authorize page and back, and the signature for WeChat's JS-SDK. */
import * as z from 'zod'
import { withOutcome } from './addresses'
import type { Addresses } from './addresses'
import { parsePageUrl, signPage } from './js-sdk'
import type { OfficialAccount, WebScope } from './official-account'
import type { SignIns } from './sign-ins'
import type { WebSessions } from './web-sessions'
import { readQuery } from '../http/read-query'
import { SENT } from '../http/route'
import type { Route } from '../http/route'
import { appid, code } from '../http/schemas'
import { sendRedirect } from '../http/send'
import type { WechatApp } from '../config'
import type { Wechat } from '../wechat/wechat'

const loginQuery = z.strictObject({
  appid: appid.exactOptional(),
  scope: z.enum(['snsapi_base', 'snsapi_userinfo', 'snsapi_login']).default('snsapi_base'),
  to: z.string().default('/'),
})

/** WeChat may add parameters of its own, so others are let through. */
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

export interface OfficialAccountRoutesDeps {
  officialAccount: OfficialAccount
  signIns: SignIns
  webSessions: WebSessions
  addresses: Addresses
  wechat: Pick<Wechat, 'getJsapiTicket'>
  now: () => number
}

function loginRoute({ officialAccount, signIns, addresses }: OfficialAccountRoutesDeps): Route {
  return {
    method: 'get',
    path: '/v1/web/login',
    summary: "Sends the browser to WeChat's authorize page",
    auth: false,
    query: loginQuery,
    redirects: true,
    spends: true,
    errors: ['RATE_LIMITED', 'STORAGE_UNAVAILABLE'],
    async handle(req, res) {
      const { appid: wanted, scope, to } = readQuery(req, loginQuery)
      const returnTo = addresses.parseReturnAddress(to)
      const app: WechatApp = officialAccount.pickApp(wanted, scope satisfies WebScope)
      const state = await signIns.begin(req, res, { appid: app.appid, scope, returnTo })
      sendRedirect(res, officialAccount.authorizeUrl(app, scope, state))
      return SENT
    },
  }
}

function callbackRoute({
  officialAccount,
  signIns,
  webSessions,
}: OfficialAccountRoutesDeps): Route {
  return {
    method: 'get',
    path: '/v1/web/callback',
    summary: 'Where WeChat sends the browser back: signs it in',
    auth: false,
    query: callbackQuery,
    redirects: true,
    spends: true,
    errors: [
      'STATE_INVALID',
      'WX_CODE_INVALID',
      'WX_CODE_USED',
      'WX_CODE_IN_FLIGHT',
      'WX_USER_BLOCKED',
      'RATE_LIMITED',
      'WX_QUOTA',
      'WX_UNAVAILABLE',
      'WX_MISCONFIGURED',
      'STORAGE_UNAVAILABLE',
      'OVERLOADED',
    ],
    async handle(req, res) {
      const { state = '', code: given } = readQuery(req, callbackQuery)
      const { appid: signedIn, returnTo } = await signIns.finish(req, state)
      if (given === undefined) {
        sendRedirect(res, withOutcome(returnTo, 'denied'))
        return SENT
      }
      const session = await officialAccount.signIn(req, { appid: signedIn, code: given })
      if (session === null) {
        sendRedirect(res, withOutcome(returnTo, 'snapshot'))
        return SENT
      }
      await webSessions.give(req, res, session)
      sendRedirect(res, returnTo)
      return SENT
    },
  }
}

function jsSdkRoute({ officialAccount, addresses, wechat, now }: OfficialAccountRoutesDeps): Route {
  return {
    method: 'get',
    path: '/v1/web/jssdk-config',
    summary: 'What wx.config of the JS-SDK needs on a page',
    auth: false,
    query: jsSdkQuery,
    answer: jsSdkAnswer,
    errors: ['WX_QUOTA', 'WX_UNAVAILABLE', 'WX_MISCONFIGURED'],
    async handle(req) {
      const { url: given, appid: wanted } = readQuery(req, jsSdkQuery)
      const url = parsePageUrl(given, addresses)
      const app = officialAccount.pickApp(wanted, 'snsapi_base')
      const ticket = await wechat.getJsapiTicket(app)
      return signPage(app.appid, { ticket, url, nowMs: now() })
    },
  }
}

/** @param deps `hasOfficial`: a website alone has no JS-SDK. */
export const createOfficialAccountRoutes = (
  deps: OfficialAccountRoutesDeps & { hasOfficial: boolean },
): Route[] => [
  loginRoute(deps),
  callbackRoute(deps),
  ...(deps.hasOfficial ? [jsSdkRoute(deps)] : []),
]
