/** The routes of scan sign-in: for the browser that shows a mini-program code, and for the phone that scans it. */
import type { Request, Response } from 'express'
import * as z from 'zod'
import type { Scan } from '../../typings/api'
import type { WechatApp } from '../wechat/wechat-app'
import { WECHAT_CALL_ERRORS } from '../wechat/errcodes'
import { NotSentError } from '../wechat/wechat-error'
import { addressBlock } from '../http/client-address'
import { readJson } from '../http/read-json'
import type { Route } from '../http/route'
import { instant, iso } from '../http/schemas'
import { userAnswer } from '../http/user-view'
import { areaOf, browserName } from './browser'
import { signInAsUserOf } from './browser-sign-in'
import type { WebContext } from './context'
import { cancelScan, decideScan, viewScan, openScan, pollScan } from './scans'
import { nullIfSessionEnded } from './web-sessions'

const CONFIRM_PAGE = 'pages/confirm/confirm'

const openBody = z.strictObject({ to: z.string().exactOptional() })
const openAnswer = z.strictObject({
  id: z.string(),
  secret: z.string(),
  qr: z.string().describe('a data URL of a mini-program code'),
  expiresAt: instant,
  intervalSeconds: z.int(),
})
/** A secret of another form is an unknown one. */
const pollBody = z.strictObject({ secret: z.string() })
const pollAnswer = z.strictObject({
  status: z.enum(['pending', 'scanned', 'denied', 'expired', 'confirmed']),
  user: userAnswer.exactOptional(),
  to: z.string().exactOptional(),
})
const scanAnswer = z.strictObject({
  browser: z.string(),
  area: z.string(),
  createdAt: instant,
}) satisfies z.ZodType<Scan>

/** The mini-program whose code is shown. */
export const findMiniProgram = ({ apps }: WebContext): WechatApp | undefined =>
  apps.find(({ type }) => type === 'miniprogram')

/** @param app the mini-program whose code is shown. */
export async function showScan(
  web: WebContext,
  app: WechatApp,
  req: Request,
  returnTo: string | null,
): Promise<z.infer<typeof openAnswer>> {
  const address = web.clientAddress(req)
  const { id, secret, scene, expiresAtMs, intervalSeconds } = await openScan(web, {
    address: addressBlock(address),
    browser: browserName(req),
    area: areaOf(address),
    returnTo,
  })
  try {
    const { type, bytes } = await web.wechat.createMiniProgramCode(app, {
      page: CONFIRM_PAGE,
      scene,
    })
    const qr = `data:${type};base64,${bytes.toString('base64')}`
    return { id, secret, qr, expiresAt: iso(expiresAtMs), intervalSeconds }
  } catch (error) {
    // Cancel only if WeChat was not called. Otherwise the scan counts towards the 20 of its address, which
    // limits the calls to WeChat.
    if (error instanceof NotSentError) await cancelScan(web, id)
    throw error
  }
}

/** Works once: the scan is already deleted, so after a lost answer the person needs another scan. */
async function signIn(
  web: WebContext,
  { req, res, sessionId }: { req: Request; res: Response; sessionId: string },
) {
  const phone = await web.sessions.authenticateSession(sessionId)
  const origin = { way: '扫码登录', endsWithParent: false }
  return web.showUser(await signInAsUserOf(web, { req, res }, phone, origin), req)
}

function browserRoutes(web: WebContext, app: WechatApp): Route[] {
  return [
    {
      method: 'post',
      path: '/v1/web/scans',
      summary: 'Opens a scan: a code that a mini-program user scans to sign this browser in',
      auth: false,
      body: openBody,
      answer: openAnswer,
      errors: [...WECHAT_CALL_ERRORS, 'STORAGE_UNAVAILABLE'],
      async handle(req) {
        const { to } = await readJson(req, openBody)
        const returnTo = to === undefined ? null : web.addresses.parseReturnAddress(to)
        return showScan(web, app, req, returnTo)
      },
    },
    {
      method: 'post',
      path: '/v1/web/scans/:id/poll',
      summary: 'Asks how a scan is going; signs this browser in once it is confirmed',
      auth: false,
      body: pollBody,
      answer: pollAnswer,
      errors: ['SLOW_DOWN', 'STORAGE_UNAVAILABLE'],
      async handle(req, res) {
        const { secret } = await readJson(req, pollBody)
        const poll = await pollScan(web, String(req.params['id']), secret)
        if (poll.status !== 'confirmed') return poll
        // The phone may have been signed out between its confirmation and this poll.
        const user = await nullIfSessionEnded(signIn(web, { req, res, sessionId: poll.sessionId }))
        if (user === null) return { status: 'expired' }
        return { status: 'confirmed', user, ...(poll.returnTo !== null && { to: poll.returnTo }) }
      },
    },
  ]
}

function phoneRoutes(web: WebContext): Route[] {
  const decide = (decision: 'confirmed' | 'denied', verb: string, summary: string): Route => ({
    method: 'post',
    path: `/v1/scans/:scene/${verb}`,
    summary,
    auth: true,
    tokenOnly: true,
    errors: ['NOT_FOUND'],
    async handle(req, _res, live) {
      await decideScan(web, String(req.params['scene']), live, decision)
      return undefined
    },
  })
  return [
    {
      method: 'get',
      path: '/v1/scans/:scene',
      summary: 'Who asks to be signed in, for the person who scanned; marks it scanned',
      auth: true,
      tokenOnly: true,
      getHasSideEffects: true,
      answer: scanAnswer,
      errors: ['NOT_FOUND'],
      async handle(req, _res, live) {
        const { browser, area, atMs } = await viewScan(web, String(req.params['scene']), live)
        return { browser, area, createdAt: iso(atMs) }
      },
    },
    decide('confirmed', 'confirm', 'Signs that browser in as this user'),
    decide('denied', 'deny', 'Refuses that browser'),
  ]
}

export function createScanRoutes(web: WebContext): Route[] {
  const app = findMiniProgram(web)
  return app === undefined ? [] : [...browserRoutes(web, app), ...phoneRoutes(web)]
}
