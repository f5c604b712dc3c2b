/** Serves the page at `/`, its style and script, its sign-out form, and WeChat's verification files. */
import type { Request } from 'express'
import * as z from 'zod'
import type { WechatApp } from '../wechat/wechat-app'
import { ApiError } from '../errors'
import { readParameters } from '../http/read-query'
import type { Route } from '../http/route'
import { sendRedirect, sendText } from '../http/send'
import type { WebContext } from './context'
import { assertSameSite } from './cross-site'
import { renderPage } from './page'
import { PAGE_SCRIPT, PAGE_STYLE } from './page-assets'
import { findMiniProgram, showScan } from './scan-routes'
import { findWebSession, signOut } from './web-sessions'

/** The page's own files, pictures of any HTTPS host (avatars that WeChat hosts) and data URLs (the QR code). */
const PAGE_CSP =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' https: data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

const pageQuery = z.object({ login: z.string().exactOptional(), scan: z.string().exactOptional() })

function findWays(apps: readonly WechatApp[], hasScan: boolean, base: string) {
  const login = `${base}/v1/web/login`
  const to = `${encodeURIComponent(base)}/`
  const ofType = (type: WechatApp['type']) => apps.filter((app) => app.type === type)
  return [
    ...(hasScan ? [{ href: `${base}/?scan=1`, text: '用小程序扫码登录' }] : []),
    ...ofType('website').map(({ appid }) => ({
      href: `${login}?appid=${appid}&scope=snsapi_login&to=${to}`,
      text: '用微信扫码登录',
    })),
    ...ofType('official').map(({ appid }) => ({
      href: `${login}?appid=${appid}&scope=snsapi_userinfo&to=${to}`,
      text: '在微信里登录',
    })),
  ]
}

/** Returns an error instead of throwing it, because the page shows it as a sentence. */
async function openOrFail(web: WebContext, app: WechatApp, req: Request) {
  try {
    return await showScan(web, app, req, null)
  } catch (error) {
    if (error instanceof ApiError) return error
    throw error
  }
}

function pageRoute(web: WebContext): Route {
  const app = findMiniProgram(web)
  return {
    method: 'get',
    path: '/',
    summary: 'A small page that shows who is signed in and offers the configured ways',
    auth: false,
    query: pageQuery,
    answerType: 'text/html',
    errors: ['STORAGE_UNAVAILABLE'],
    async handle(req, res) {
      // People open this address, so a repeated or unknown parameter is no error.
      const parameters = readParameters(req)
      const login = parameters.get('login')
      const live = await findWebSession(web, req)
      const base = req.baseUrl
      // HEAD must change nothing, so it opens no scan. A link or a picture of another site opens none either.
      const isFromElsewhere = req.headers['sec-fetch-site'] === 'cross-site'
      const mayOpen = req.method === 'GET' && !isFromElsewhere
      const wantsScan = live === null && parameters.has('scan') && mayOpen
      const opened = wantsScan && app !== undefined ? await openOrFail(web, app, req) : null
      if (opened instanceof ApiError) res.status(opened.status)
      const shown = opened instanceof ApiError ? null : opened
      const page = renderPage({
        user: live === null ? null : web.showUser(live.user, req),
        outcome: opened instanceof ApiError ? 'no-code' : login,
        ways: findWays(web.apps, app !== undefined && shown === null, base),
        scan: shown,
        base,
      })
      res.setHeader('Content-Security-Policy', PAGE_CSP)
      // With `no-referrer` the sign-out form sends `Origin: null`, and without Sec-Fetch-Site that is refused.
      res.setHeader('Referrer-Policy', 'same-origin')
      return sendText(res, 'text/html', page)
    },
  }
}

function textRoute(
  path: string,
  type: 'text/css' | 'text/javascript' | 'text/plain',
  text: string,
) {
  const route: Route = {
    method: 'get',
    path,
    summary: 'A file of the page',
    auth: false,
    answerType: type,
    errors: [],
    handle(_req, res) {
      return sendText(res, type, text)
    },
  }
  return route
}

export function createPageRoutes(web: WebContext): Route[] {
  return [
    pageRoute(web),
    textRoute('/v1/web/page.css', 'text/css', PAGE_STYLE),
    textRoute('/v1/web/page.js', 'text/javascript', PAGE_SCRIPT),
    ...Object.entries(web.config.verifyFiles).map(([name, text]) =>
      textRoute(`/${name}`, 'text/plain', text),
    ),
    {
      method: 'post',
      path: '/v1/web/sign-out',
      summary: "The page's form: ends this browser's session and goes back to the page",
      auth: false,
      redirects: true,
      errors: ['CROSS_SITE', 'STORAGE_UNAVAILABLE'],
      async handle(req: Request, res) {
        assertSameSite(req, web.addresses)
        await signOut(web, req, res)
        return sendRedirect(res, `${req.baseUrl}/`)
      },
    },
  ]
}
