/**
 * Opens when the user scans the mini-program code that a browser shows. Names the browser that
 * wants to sign in, and signs it in only after a tap on 确认登录.
 */

import { getFontScale } from '../../services/appearance'
import { auth } from '../../services/auth'
import { messageFor } from '../../services/failure'
import type { ScanView } from '../../services/scan'
import { decideScan, findScan, parseScene } from '../../services/scan'
import type { SessionView, SessionWatch } from '../../services/session-watch'
import { createSessionWatch, initialSessionView } from '../../services/session-watch'
import { texts } from '../../texts'

const t = texts.confirm

interface Sight {
  scan: ScanView | null
  /** The result, as a state-view; empty while the request is open. */
  ending: '' | 'confirmed' | 'denied' | 'gone'
}

const firstSight: Sight = { scan: null, ending: '' }

Page({
  data: {
    t,
    session: texts.session,
    ...initialSessionView,
    fontScale: 1,
    ...firstSight,
    busy: false,
    message: '',
  },

  watch: null as SessionWatch | null,
  scene: '',

  onLoad(query: Record<string, string | undefined>) {
    this.scene = parseScene(query)
    this.setData({ fontScale: getFontScale(), ending: this.scene === '' ? 'gone' : '' })
    this.watch = createSessionWatch(auth, (view) => this.showSession(view))
    void this.watch.start()
  },

  onUnload() {
    this.watch?.stop()
  },

  showSession(view: SessionView) {
    const arrived = view.phase === 'ready' && this.data.phase !== 'ready'
    this.setData({ ...view })
    if (arrived && this.data.ending === '') void this.look()
  },

  async look() {
    this.setData({ message: '' })
    try {
      const scan = await findScan(auth, this.scene)
      // A slow answer knows less than a decision that has arrived meanwhile.
      if (this.data.ending === '') this.setData(scan === null ? { ending: 'gone' } : { scan })
    } catch (error) {
      if (this.data.ending === '') this.setData({ message: messageFor(error) })
    }
  },

  onRetry() {
    void (this.data.phase === 'ready' ? this.look() : this.watch?.start())
  },

  onSignIn() {
    void this.watch?.signIn()
  },

  onConfirm() {
    void this.decide('confirm')
  },

  onDeny() {
    void this.decide('deny')
  },

  async decide(decision: 'confirm' | 'deny') {
    if (this.data.busy) return
    this.setData({ busy: true, message: '' })
    try {
      const arrived = await decideScan(auth, this.scene, decision)
      const ending = decision === 'confirm' ? 'confirmed' : 'denied'
      this.setData({ ending: arrived ? ending : 'gone' })
    } catch (error) {
      this.setData({ message: messageFor(error) })
    } finally {
      this.setData({ busy: false })
    }
  },

  /** A page opened by a code is the only one on the stack. */
  onHome() {
    void wx.reLaunch({ url: '/pages/index/index' })
  },
})
