/**
 * Starts the mini-program. The silent login begins here and nothing waits for it, so that the first
 * page paints at once. Errors that no page catches go to the error boundary.
 */

import { auth } from './services/auth'
import { reportError } from './services/error-boundary'
import { promptForUpdates } from './services/updates'

App({
  onLaunch() {
    // Pages handle the outcome: they wait for the same promise and show it.
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
