/** Signs a browser in as the person of another session: by a ticket or a scan. */
import type { Request, Response } from 'express'
import { ApiError } from '../errors'
import { newSession } from '../sessions/new-session'
import type { SessionRules } from '../sessions/sessions'
import type { LiveSession, Store, UserRecord } from '../store/store'
import { browserName } from './browser'
import type { WebSessions } from './web-sessions'

interface Origin {
  /** How the person came here, for the list of devices. */
  way: string
  /** Whether the browser's session ends with the one that vouches for it. */
  endsWithVoucher: boolean
}

export interface BrowserSignIn {
  /** @throws ApiError SESSION_REVOKED when the session that vouches has ended meanwhile. */
  asUserOf(req: Request, res: Response, voucher: LiveSession, origin: Origin): Promise<UserRecord>
}

export function createBrowserSignIn(deps: {
  store: Pick<Store, 'openSession'>
  rules: SessionRules
  webSessions: WebSessions
  now: () => number
}): BrowserSignIn {
  const { store, rules, webSessions, now } = deps
  return {
    async asUserOf(req, res, { session: voucher }, { way, endsWithVoucher }) {
      const { session, ...limits } = newSession(rules, `${browserName(req)} · ${way}`, now())
      const ends = endsWithVoucher && {
        parentId: voucher.id,
        expiresAtMs: Math.min(session.expiresAtMs, voucher.expiresAtMs),
      }
      const opening = { ...limits, session: { ...session, ...ends } }
      const opened = await store.openSession(voucher, opening)
      if (opened === null) {
        throw new ApiError('SESSION_REVOKED', 'That session has ended meanwhile.')
      }
      await webSessions.give(req, res, opened.session)
      return opened.user
    },
  }
}
