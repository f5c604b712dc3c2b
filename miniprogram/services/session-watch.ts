/**
 * Everything a page needs to know about the session, as one view that is pushed on every change. It
 * waits for `auth.ready()` and never for globals. It never rejects: a failure is part of the view.
 * It retries on its own when the network comes back.
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
  /** While `loading`: the login takes longer than usual, so the page explains what is happening. */
  slow: boolean
}

export interface SessionWatch {
  /** Uses the stored session or logs in silently. 重试 calls it too. */
  start(): Promise<void>
  /** A login that the user requested after logging out. */
  signIn(): Promise<void>
  /**
   * Fetches the current user from the server. On failure it rejects and the shown user stays. When
   * no user is shown it does the same as `start`, which never rejects.
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

/** A login usually takes well under a second; after this long the user needs an explanation. */
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
  /** The number of logins in progress. */
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
    // Keep the shown user while a valid session is being confirmed.
    push(auth.user ? viewOf(auth.user) : initialSessionView)
    awaited += 1
    const settle = () => void (awaited -= 1)
    const running = login()
    void running.then(settle, settle)
    // The user may have changed since the promise resolved.
    const outcome = await running.then((user) => viewOf(auth.user ?? user), viewOfError)
    // Ignore this outcome after a later attempt or after the page was closed.
    if (mine === attempt) push(outcome)
  }

  const start = () => follow(() => auth.ready())

  const stopListening = [
    auth.onChange(({ state, user }) => {
      // During a login, `user` still belongs to the previous session: keep it if shown, but never
      // show it again.
      if (user && (state === 'signed-in' || view.phase === 'ready')) push(viewOf(user))
      // The user logged out, or the session could not be renewed: `ready()` knows which. If a login
      // is awaited, its failure is reported there; starting another one here would loop forever.
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
      // The outcome arrives through `onChange`, unless a log-out came first.
      if (view.phase === 'ready') await auth.profile.refresh()
      else if (view.phase !== 'signed-out') await start()
    },
    stop() {
      attempt += 1
      for (const stopOne of stopListening) stopOne()
    },
  }
}
