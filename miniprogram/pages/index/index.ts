/**
 * The first page a visitor sees. It paints at once and the silent login only fills its card; no
 * state, such as offline or signed out, leaves the page empty.
 */

import { getFontScale } from '../../services/appearance'
import { auth } from '../../services/auth'
import { messageFor } from '../../services/failure'
import { openPage } from '../../services/navigation'
import type { SessionWatch } from '../../services/session-watch'
import { createSessionWatch, initialSessionView } from '../../services/session-watch'
import { texts } from '../../texts'

Page({
  data: { t: texts.index, session: texts.session, ...initialSessionView, fontScale: 1 },

  watch: null as SessionWatch | null,

  onLoad() {
    this.setData({ fontScale: getFontScale() })
    this.watch = createSessionWatch(auth, (view) => this.setData({ ...view }))
    void this.watch.start()
  },

  onUnload() {
    this.watch?.stop()
  },

  async onPullDownRefresh() {
    try {
      await this.watch?.refresh()
    } catch (error) {
      void wx.showToast({ title: messageFor(error), icon: 'none' })
    } finally {
      void wx.stopPullDownRefresh()
    }
  },

  onRetry() {
    void this.watch?.start()
  },

  onSignIn() {
    void this.watch?.signIn()
  },

  onMe() {
    openPage('/pages/me/me')
  },

  onLab() {
    openPage('/pages/lab/lab')
  },
})
