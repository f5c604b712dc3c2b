/** Routes that list the signed-in devices and end sessions. */
import type { SessionsAnswer } from '../../../typings/api'
import { ApiError } from './api-error'
import type { Route } from './route'
import type { Sessions } from './sessions'
import type { Store } from './store'
import { iso } from './user-view'

interface SessionRoutesDeps {
  store: Store
  sessions: Sessions
}

function wayOut(
  path: string,
  run: (idOfOwn: string, all: string[]) => string[][],
  { sessions }: SessionRoutesDeps,
): Route {
  return {
    method: 'POST',
    path,
    auth: true,
    handle(_call, live) {
      sessions.change(live, (state, { id }) => {
        const all = sessions.list(state, id).map((session) => session.id)
        const [own = [], others = []] = run(live.session.id, all)
        // The calling session gets no end code, because its own client expects the end.
        sessions.end(state, own)
        sessions.end(state, others, 'SESSION_ENDED')
      })
      return Promise.resolve(undefined)
    },
  }
}

function deviceRoutes({ store, sessions }: SessionRoutesDeps): Route[] {
  return [
    {
      method: 'GET',
      path: '/v1/sessions',
      auth: true,
      handle(_call, { user, session: own }) {
        const all = sessions.list(store.read(), user.id).map((session) => ({
          id: session.id,
          createdAt: iso(session.createdAtMs),
          lastSeenAt: iso(session.lastSeenAtMs),
          device: session.device,
          current: session.id === own.id,
        }))
        return Promise.resolve({ sessions: all } satisfies SessionsAnswer)
      },
    },
    {
      method: 'DELETE',
      path: '/v1/sessions/:id',
      auth: true,
      handle({ param }, live) {
        sessions.change(live, (state, user) => {
          const isOwn = sessions.list(state, user.id).some(({ id }) => id === param)
          if (!isOwn) throw new ApiError('NOT_FOUND', 'This user has no such session.')
          sessions.end(state, [param], param === live.session.id ? undefined : 'SESSION_ENDED')
        })
        return Promise.resolve(undefined)
      },
    },
  ]
}

export function createSessionRoutes(deps: SessionRoutesDeps): Route[] {
  const others = (own: string, all: string[]): string[] => all.filter((id) => id !== own)
  return [
    wayOut('/v1/logout', (own) => [[own], []], deps),
    wayOut('/v1/logout-all', (own, all) => [[own], others(own, all)], deps),
    wayOut('/v1/sessions/end-others', (own, all) => [[], others(own, all)], deps),
    ...deviceRoutes(deps),
  ]
}
