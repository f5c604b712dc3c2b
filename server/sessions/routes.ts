/** The routes that list signed-in devices and end sessions. */
import * as z from 'zod'
import type { Session, SessionsAnswer } from '../../typings/api'
import { ApiError } from '../errors'
import type { Route } from '../http/route'
import { instant, iso, OUR_ID } from '../http/schemas'
import type { LiveSession, SessionRecord } from '../store/store'
import type { Sessions } from './sessions'

const session = z.strictObject({
  id: z.string(),
  createdAt: instant,
  lastSeenAt: instant,
  device: z.string(),
  current: z.boolean(),
}) satisfies z.ZodType<Session>

const sessionsAnswer = z.strictObject({
  sessions: z.array(session),
}) satisfies z.ZodType<SessionsAnswer>

const toWireSession = (record: SessionRecord, currentId: string): Session => ({
  id: record.id,
  createdAt: iso(record.createdAtMs),
  lastSeenAt: iso(record.lastSeenAtMs),
  device: record.device,
  current: record.id === currentId,
})

function logoutRoute(
  path: string,
  summary: string,
  end: (live: LiveSession) => Promise<void>,
): Route {
  return {
    method: 'post',
    path,
    summary,
    auth: true,
    errors: [],
    async handle(_req, _res, live) {
      await end(live)
      return undefined
    },
  }
}

function deviceRoutes(sessions: Sessions): Route[] {
  return [
    {
      method: 'get',
      path: '/v1/sessions',
      summary: 'Lists the devices that are signed in',
      auth: true,
      answer: sessionsAnswer,
      errors: [],
      async handle(_req, _res, live) {
        const all = await sessions.list(live)
        return { sessions: all.map((record) => toWireSession(record, live.session.id)) }
      },
    },
    {
      method: 'delete',
      path: '/v1/sessions/:id',
      summary: 'Signs one device out',
      auth: true,
      errors: ['NOT_FOUND'],
      async handle(req, _res, live) {
        const id = String(req.params['id'])
        if (!OUR_ID.test(id) || !(await sessions.endOther(live, id))) {
          throw new ApiError('NOT_FOUND', 'This user has no such session.')
        }
        return undefined
      },
    },
  ]
}

export function createSessionRoutes({ sessions }: { sessions: Sessions }): Route[] {
  return [
    logoutRoute('/v1/logout', 'Ends this session at once', (live) => sessions.end(live)),
    logoutRoute('/v1/logout-all', 'Ends every session of this user at once', (live) =>
      sessions.endAll(live),
    ),
    logoutRoute(
      '/v1/sessions/end-others',
      'Ends all sessions of this user except the requesting one and its parent',
      (live) => sessions.endOthers(live),
    ),
    ...deviceRoutes(sessions),
  ]
}
