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
  /** The session that the browser's ends with; null when it lives by itself. */
  parentSessionId: string | null
}

export interface BrowserSignIn {
  /** A browser that has this user's session already keeps it. */
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
    async asUserOf(req, res, voucher, { way, parentSessionId }) {
      const present = await webSessions.find(req)
      if (present !== null && present.user.id === voucher.user.id) return present.user
      const opening = newSession(rules, `${browserName(req)} · ${way}`, now())
      const opened = await store.openSession(voucher.session, opening)
      if (opened === null)
        throw new ApiError('SESSION_REVOKED', 'That session has ended meanwhile.')
      await webSessions.give(req, res, opened.session, parentSessionId)
      return opened.user
    },
  }
}
