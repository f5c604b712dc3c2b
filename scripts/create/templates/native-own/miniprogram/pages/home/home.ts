/** Shows who is logged in, sends one request, logs out and logs in again. */
import { isAuthError, userMessage } from '../../auth/index'
import { auth } from '../../auth-instance'
import { texts } from '../../texts'

Page({
  data: { t: texts, title: texts.loading, detail: '', isSignedIn: false, isLoading: true },

  stopListening: () => undefined as void,

  onLoad() {
    this.stopListening = auth.onChange(() => this.show())
    void this.enter(auth.ready())
  },

  onUnload() {
    this.stopListening()
  },

  /** The current state, also after another page or a lost session changed it. */
  show() {
    const { state, user } = auth
    const isLoading = state === 'signing-in'
    const title = {
      'signed-in': texts.signedIn,
      'signed-out': texts.signedOut,
      'signing-in': texts.loading,
    }
    this.setData({
      title: title[state],
      detail: user?.id ?? '',
      isSignedIn: state === 'signed-in',
      isLoading,
    })
  },

  async enter(login: Promise<unknown>) {
    try {
      await login
      this.show()
    } catch (error) {
      // After a log-out this is expected, so we show no error.
      const isSignedOut = isAuthError(error) && error.kind === 'signed-out'
      const title = isSignedOut ? texts.signedOut : texts.failed
      const detail = isSignedOut && error.code === undefined ? '' : userMessage(error)
      this.setData({ title, detail, isSignedIn: false, isLoading: false })
    }
  },

  async onRequest() {
    try {
      // If the session was lost, the library logs in once and sends the request again.
      await auth.request({ path: '/v1/me' })
      this.setData({ detail: texts.answered })
    } catch (error) {
      this.setData({ detail: userMessage(error) })
    }
  },

  onLogin() {
    void this.enter(auth.login())
  },

  onLogout() {
    void auth.logout()
  },
})
