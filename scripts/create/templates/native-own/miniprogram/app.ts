import { auth } from './auth-instance'

App({
  onLaunch() {
    // The silent login begins here; pages wait on the same one and show its outcome.
    auth.ready().catch(() => null)
  },
})
