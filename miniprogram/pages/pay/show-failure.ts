/** A failure to load, as both payment pages show it. */

import { isSignedOut } from '../../services/failure'

interface LoadingPage {
  data: { phase: string }
  setData(data: { phase: 'failed'; message: string }): void
  toast(title: string): void
}

/** Keeps what the page already shows, unless the user is signed out: it may be private. */
export function showFailure(page: LoadingPage, error: unknown, message: string): void {
  if (page.data.phase === 'ready' && !isSignedOut(error)) page.toast(message)
  else page.setData({ phase: 'failed', message })
}
