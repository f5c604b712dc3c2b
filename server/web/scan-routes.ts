/** A browser that shows a mini-program code, and the phone that scans it. */
import type { Request, Response } from 'express'
import * as z from 'zod'
import type { WechatApp } from '../config'
import { addressBlock } from '../http/client-address'
import { readJson } from '../http/read-json'
import type { Route } from '../http/route'
import { instant } from '../http/schemas'
import { iso, userAnswer } from '../http/user-view'
import type { ShowUser } from '../http/user-view'
import type { Sessions } from '../sessions/sessions'
import type { Wechat } from '../wechat/wechat'
import type { Addresses } from './addresses'
import { areaOf, browserName } from './browser'
import type { BrowserSignIn } from './browser-sign-in'
import type { Poll, Scans } from './scans'
import { ApiError } from '../errors'

const CONFIRM_PAGE = 'pages/confirm/confirm'

const openBody = z.strictObject({ to: z.string().exactOptional() })
const openAnswer = z.strictObject({
  id: z.string(),
  secret: z.string(),
  qr: z.string().describe('a data URL of a mini-program code'),
  expiresAt: instant,
  intervalSeconds: z.int(),
})
const pollBody = z.strictObject({ secret: z.string().max(64) })
const pollAnswer = z.strictObject({
  status: z.enum(['pending', 'scanned', 'denied', 'expired', 'confirmed']),
  user: userAnswer.exactOptional(),
  to: z.string().exactOptional(),
})
const lookAnswer = z.strictObject({ browser: z.string(), area: z.string(), createdAt: instant })

export interface ScanRoutesDeps {
  /** The mini-program whose code is shown. */
  app: WechatApp
  scans: Scans
  wechat: Pick<Wechat, 'createMiniProgramCode'>
  sessions: Pick<Sessions, 'authenticateSession'>
  browserSignIn: BrowserSignIn
  addresses: Addresses
  clientAddress: (req: Request) => string
  showUser: ShowUser
}

export type OpenScan = (
  req: Request,
  returnTo: string | null,
) => Promise<z.infer<typeof openAnswer>>

export function createOpenScan(deps: ScanRoutesDeps): OpenScan {
  const { app, scans, wechat, clientAddress } = deps
  return async (req, returnTo) => {
    const address = clientAddress(req)
    const { id, secret, scene, expiresAtMs, intervalSeconds } = await scans.open({
      address: addressBlock(address),
      browser: browserName(req),
      area: areaOf(address),
      returnTo,
    })
    const picture = await wechat
      .createMiniProgramCode(app, { page: CONFIRM_PAGE, scene })
      .catch(async (error: unknown) => {
        await scans.cancel(id)
        throw error
      })
    const qr = `data:${picture.type};base64,${picture.bytes.toString('base64')}`
    return { id, secret, qr, expiresAt: iso(expiresAtMs), intervalSeconds }
  }
}

/** Once: the scan is gone afterwards, so an answer that is lost means another scan. */
async function signIn(
  { sessions, browserSignIn, showUser }: ScanRoutesDeps,
  { req, res, sessionId }: { req: Request; res: Response; sessionId: string },
) {
  try {
    const phone = await sessions.authenticateSession(sessionId)
    const origin = { way: '扫码登录', endsWithVoucher: false }
    return showUser(await browserSignIn.asUserOf(req, res, phone, origin), req)
  } catch (error) {
    // The phone was signed out between its yes and this poll.
    if (error instanceof ApiError && error.status === 401) return null
    throw error
  }
}

function browserRoutes(deps: ScanRoutesDeps, openScan: OpenScan): Route[] {
  const { scans, addresses } = deps
  return [
    {
      method: 'post',
      path: '/v1/web/scans',
      summary: 'Opens a scan: a code that a mini-program user scans to sign this browser in',
      auth: false,
      body: openBody,
      answer: openAnswer,
      errors: [
        'RATE_LIMITED',
        'WX_QUOTA',
        'WX_UNAVAILABLE',
        'WX_MISCONFIGURED',
        'OVERLOADED',
        'STORAGE_UNAVAILABLE',
      ],
      async handle(req) {
        const { to } = await readJson(req, openBody)
        return openScan(req, to === undefined ? null : addresses.parseReturnAddress(to))
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
        const poll: Poll = await scans.poll(String(req.params['id']), secret)
        if (poll.status !== 'confirmed') return poll
        const user = await signIn(deps, { req, res, sessionId: poll.sessionId })
        if (user === null) return { status: 'expired' }
        return { status: 'confirmed', user, ...(poll.returnTo !== null && { to: poll.returnTo }) }
      },
    },
  ]
}

function phoneRoutes({ scans }: ScanRoutesDeps): Route[] {
  const decide = (decision: 'confirmed' | 'denied', verb: string, summary: string): Route => ({
    method: 'post',
    path: `/v1/scans/:scene/${verb}`,
    summary,
    auth: true,
    tokenOnly: true,
    errors: ['NOT_FOUND'],
    async handle(req, _res, live) {
      await scans.decide(String(req.params['scene']), live, decision)
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
      spends: true,
      answer: lookAnswer,
      errors: ['NOT_FOUND'],
      async handle(req, _res, live) {
        const { browser, area, atMs } = await scans.look(String(req.params['scene']), live)
        return { browser, area, createdAt: iso(atMs) }
      },
    },
    decide('confirmed', 'confirm', 'Signs that browser in as this user'),
    decide('denied', 'deny', 'Refuses that browser'),
  ]
}

export function createScanRoutes(deps: ScanRoutesDeps, openScan: OpenScan): Route[] {
  return [...browserRoutes(deps, openScan), ...phoneRoutes(deps)]
}
