import { auth } from './auth-instance'

App({
  onLaunch() {
    // The silent login begins here; pages wait for the same promise and show its outcome.
    auth.ready().catch(() => null)
  },
})
