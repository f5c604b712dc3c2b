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
  /** While `loading`: the login takes longer than usual, so the page says what is going on. */
  slow: boolean
}

export interface SessionWatch {
  /** The cached session or a silent login. Also what 重试 does. */
  start(): Promise<void>
  /** A login that the user asked for, after logging out. */
  signIn(): Promise<void>
  /**
   * Asks the server for the present state of the user. When that fails it rejects and what is shown
   * stays. Where no user is shown it is the same as `start`, which never rejects.
   */
  refresh(): Promise<void>
  /** Call when the page is unloaded. */
  stop(): void
}

export const initialSessionView: SessionView = {
  phase: 'loading',
  user: null,
  failure: null,
  slow: false,
}

/** A login usually takes well under a second; after this long a user wonders what is wrong. */
const slowAfterMs = 3000

const viewOf = (user: User): SessionView => ({
  phase: 'ready',
  user: toUserView(user),
  failure: null,
  slow: false,
})

async function viewOfError(error: unknown): Promise<SessionView> {
  if (isSignedOut(error)) return { ...initialSessionView, phase: 'signed-out' }
  return { ...initialSessionView, phase: 'failed', failure: await describeFailure(error) }
}

export function createSessionWatch(auth: Auth, show: (view: SessionView) => void): SessionWatch {
  let view = initialSessionView
  let attempt = 0
  /** Logins whose outcome is still to come. */
  let awaited = 0

  function push(next: SessionView): void {
    view = next
    show(next)
  }

  async function follow(login: () => Promise<User>): Promise<void> {
    const mine = (attempt += 1)
    setTimeout(() => {
      if (mine === attempt && view.phase === 'loading') push({ ...view, slow: true })
    }, slowAfterMs)
    // What is on screen stays there while a session that still holds is being confirmed.
    push(auth.user ? viewOf(auth.user) : initialSessionView)
    awaited += 1
    const settle = () => void (awaited -= 1)
    const running = login()
    void running.then(settle, settle)
    // The user may have changed since the promise got its value.
    const outcome = await running.then((user) => viewOf(auth.user ?? user), viewOfError)
    // A later attempt, or the page's end, makes this outcome old news.
    if (mine === attempt) push(outcome)
  }

  const start = () => follow(() => auth.ready())

  const stopListening = [
    auth.onChange(({ state, user }) => {
      // While a login runs, `user` is that of the session before: it stays, and never comes back.
      if (user && (state === 'signed-in' || view.phase === 'ready')) push(viewOf(user))
      // Logged out, or a session that could not be renewed: `ready()` knows which of the two. A login
      // that is awaited says so itself: another one would follow each failure, without end.
      else if (state === 'signed-out' && view.phase === 'ready' && awaited === 0) void start()
    }),
    onBackOnline(() => {
      if (view.phase === 'failed') void start()
    }),
  ]

  return {
    start,
    signIn: () => follow(() => auth.login()),
    async refresh() {
      // What it brings comes through `onChange`, unless a log-out came between.
      if (view.phase === 'ready') await auth.profile.refresh()
      else if (view.phase !== 'signed-out') await start()
    },
    stop() {
      attempt += 1
      for (const stopOne of stopListening) stopOne()
    },
  }
}
