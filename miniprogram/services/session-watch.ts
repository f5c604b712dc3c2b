/**
 * What a page needs to know of the session, as one view that is pushed whenever it changes. It waits
 * on `auth.ready()` and never on globals; it ends no promise by throwing, a failure is part of the
 * view. It tries again by itself when the network comes back.
 */

import type { Auth } from '../auth/index'
import type { User } from '../../typings/api'
import { onBackOnline } from './connectivity'
import type { Failure } from './failure'
import { describeFailure, isSignedOut } from './failure'
import type { UserView } from './user-view'
import { toUserView } from './user-view'

export interface SessionView {
  /** `loading` until the first outcome; `signed-out` only after the user logged out. */
  phase: 'loading' | 'ready' | 'failed' | 'signed-out'
  user: UserView | null
  failure: Failure | null
}

export interface SessionWatch {
  /** The cached session or a silent login. Also what 重试 does. */
  start(): Promise<void>
  /** A login that the user asked for, after logging out. */
  signIn(): Promise<void>
  /** Asks the server for the present state of the user. Rejects, and keeps what is shown. */
  refresh(): Promise<void>
  /** Call when the page is unloaded. */
  stop(): void
}

export const initialSessionView: SessionView = { phase: 'loading', user: null, failure: null }

export function createSessionWatch(auth: Auth, show: (view: SessionView) => void): SessionWatch {
  let view = initialSessionView
  let attempt = 0

  function push(next: SessionView): void {
    view = next
    show(next)
  }

  function showUser(user: User): void {
    push({ phase: 'ready', user: toUserView(user), failure: null })
  }

  async function follow(login: () => Promise<User>): Promise<void> {
    attempt += 1
    const mine = attempt
    // What is on screen stays there while a session that still holds is being confirmed.
    if (auth.user) showUser(auth.user)
    else push(initialSessionView)
    try {
      const user = await login()
      if (mine === attempt) showUser(user)
    } catch (error) {
      const failure = isSignedOut(error) ? null : await describeFailure(error)
      if (mine !== attempt) return
      push({ phase: failure ? 'failed' : 'signed-out', user: null, failure })
    }
  }

  const start = () => follow(() => auth.ready())

  const stopListening = [
    auth.onChange(({ state, user }) => {
      if (user) showUser(user)
      // Logged out, or a session that could not be renewed: `ready()` knows which of the two.
      else if (state === 'signed-out' && view.phase === 'ready') void start()
    }),
    onBackOnline(() => {
      if (view.phase === 'failed') void start()
    }),
  ]

  return {
    start,
    signIn: () => follow(() => auth.login()),
    refresh: async () => showUser(await auth.request<User>({ path: '/v1/me' })),
    stop() {
      attempt += 1
      for (const stopOne of stopListening) stopOne()
    },
  }
}
