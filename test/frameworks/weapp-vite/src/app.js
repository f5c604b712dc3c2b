import { auth } from './auth'

App({
  onLaunch() {
    // The pages wait on the same login and show its outcome.
    auth.ready().catch(() => null)
  },
})
