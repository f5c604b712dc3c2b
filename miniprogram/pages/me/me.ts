/**
 * The user's own page: profile, phone number, devices, data export, log-out and account deletion.
 * Log-out is one tap away, as the platform's rules demand (operation rule 12.6.3). Irreversible
 * actions ask first, and each error is shown beside its action.
 */

import type { DeviceView } from '../../services/account'
import { exportAccount, listDevices, phoneMessageFor } from '../../services/account'
import { getFontScale } from '../../services/appearance'
import { auth } from '../../services/auth'
import { isBaseLibraryAtLeast } from '../../services/base-library'
import { copyText } from '../../services/clipboard'
import { isEndedElsewhere, messageFor } from '../../services/failure'
import { openPage } from '../../services/navigation'
import { payments } from '../../services/payments'
import type { SessionView, SessionWatch } from '../../services/session-watch'
import { createSessionWatch, initialSessionView } from '../../services/session-watch'
import { texts } from '../../texts'
import type { Subject } from './confirmations'
import { confirmations } from './confirmations'

const t = texts.me

interface Sight {
  devicesPhase: 'loading' | 'ready' | 'failed'
  devices: DeviceView[]
  /** The open question; empty when there is none. */
  subject: Subject | ''
}

const firstSight: Sight = { devicesPhase: 'loading', devices: [], subject: '' }

/** A row that asks first has its subject and, if it concerns a device, the device's id. */
type Ask = WechatMiniprogram.TouchEvent<object, object, { subject: Subject; id?: string }>

Page({
  data: {
    t,
    session: texts.session,
    pay: { entry: texts.pay.entry, entryDetail: texts.pay.entryDetail },
    hasPayment: false,
    ...initialSessionView,
    fontScale: 1,
    phoneOpenType: '',
    phoneBusy: false,
    exporting: false,
    ...firstSight,
    // Log-out is below the devices and must be easy to find.
    fewDevices: 3,
    allDevices: false,
    question: { title: '', detail: '', action: '' },
    confirmBusy: false,
    confirmMessage: '',
    deleted: false,
  },

  watch: null as SessionWatch | null,
  /** The device that the question is about. */
  chosenId: '',

  onLoad() {
    // The combined type needs the privacy APIs of 2.32.3; older libraries know only the plain one.
    const phoneOpenType = isBaseLibraryAtLeast('2.32.3')
      ? 'getPhoneNumber|agreePrivacyAuthorization'
      : 'getPhoneNumber'
    this.setData({ fontScale: getFontScale(), phoneOpenType })
    this.watch = createSessionWatch(auth, (view) => this.showSession(view))
    void this.watch.start()
  },

  onUnload() {
    this.watch?.stop()
  },

  async onPullDownRefresh() {
    try {
      await this.watch?.refresh()
      if (this.data.phase === 'ready') await this.load()
    } catch (error) {
      this.toast(messageFor(error))
    } finally {
      void wx.stopPullDownRefresh()
    }
  },

  showSession(view: SessionView) {
    const arrived = view.phase === 'ready' && this.data.phase !== 'ready'
    this.setData(view.phase === 'signed-out' ? { ...view, ...firstSight } : { ...view })
    if (!arrived) return
    this.setData({ deleted: false })
    void this.load()
  },

  async load() {
    await Promise.all([this.loadDevices(), this.findPayment()])
  },

  /** Hides the row when the server has no payment. A failure changes nothing. */
  async findPayment() {
    const items = await payments.items().catch(() => null)
    if (items !== null) this.setData({ hasPayment: items.length > 0 })
  },

  onPayments() {
    openPage('/pages/pay/pay')
  },

  async loadDevices() {
    const owner = auth.user?.id
    const found = await listDevices(auth).then(
      (devices) => ({ devices, devicesPhase: 'ready' as const }),
      (error: unknown) => {
        // The page shows that nobody is signed in; only this error knows why.
        if (isEndedElsewhere(error)) this.toast(messageFor(error))
        return { devicesPhase: 'failed' as const }
      },
    )
    if (auth.user?.id === owner) this.setData(found)
    // Another user, or the same one after a merge of accounts has changed the id.
    else if (auth.user) await this.loadDevices()
  },

  onRetry() {
    void this.watch?.start()
  },

  onSignIn() {
    this.setData({ deleted: false })
    void this.watch?.signIn()
  },

  onAllDevices() {
    this.setData({ allDevices: true })
  },

  onRetryDevices() {
    this.setData({ devicesPhase: 'loading' })
    void this.load()
  },

  /**
   * No login may run between this event and the server's answer, because it could change the
   * session_key.
   */
  async onPhone({ detail }: WechatMiniprogram.ButtonGetPhoneNumber) {
    const hadPhone = Boolean(auth.user?.phone)
    this.setData({ phoneBusy: true })
    try {
      await auth.phone.fromButton(detail)
      this.toast(hadPhone ? t.phoneChanged : t.phoneBound)
    } catch (error) {
      this.toast(await phoneMessageFor(error))
    } finally {
      this.setData({ phoneBusy: false })
    }
  },

  onAsk({ currentTarget }: Ask) {
    const { subject, id = '' } = currentTarget.dataset
    const { title, detail, action } = confirmations[subject]
    this.chosenId = id
    this.setData({ subject, question: { title, detail, action }, confirmMessage: '' })
  },

  onCancelConfirm() {
    this.setData({ subject: '' })
  },

  async onConfirm() {
    const { subject, confirmBusy } = this.data
    if (subject === '' || confirmBusy) return
    const { run, done } = confirmations[subject]
    this.setData({ confirmBusy: true, confirmMessage: '' })
    try {
      await run(auth, this.chosenId)
      this.setData({ subject: '', deleted: subject === 'account' })
      if (done !== '') this.toast(done)
      if (subject === 'device' || subject === 'otherDevices') await this.loadDevices()
    } catch (error) {
      // The sheet closes with the session.
      if (isEndedElsewhere(error)) this.toast(messageFor(error))
      else this.setData({ confirmMessage: messageFor(error) })
    } finally {
      this.setData({ confirmBusy: false })
    }
  },

  async onExport() {
    if (this.data.exporting) return
    this.setData({ exporting: true })
    try {
      const copied = await copyText(await exportAccount(auth))
      this.toast(copied ? t.exported : t.exportFailed)
    } catch (error) {
      this.toast(messageFor(error))
    } finally {
      this.setData({ exporting: false })
    }
  },

  onLogout() {
    void auth.logout()
  },

  toast(title: string) {
    void wx.showToast({ title, icon: 'none' })
  },
})
