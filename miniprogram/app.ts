/**
 * Starts the mini-program: the silent login begins here and nothing waits for it, so that the first
 * page paints at once. Every failure that no page caught ends in the error boundary.
 */

import { auth } from './services/auth'
import { reportError } from './services/error-boundary'
import { promptForUpdates } from './services/updates'

App({
  onLaunch() {
    // The outcome belongs to the pages, which wait on the same promise and show it.
    auth.ready().catch(() => null)
    promptForUpdates()
  },
  onError(message) {
    reportError(message)
  },
  onUnhandledRejection({ reason }) {
    reportError(reason)
  },
})
