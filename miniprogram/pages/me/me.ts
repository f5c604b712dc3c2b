/**
 * The user's own page: profile, phone number, devices, a copy of everything, log-out and the end of
 * the account. Log-out is one tap away, as the platform's rules demand (operation rule 12.6.3);
 * what can't be taken back asks first, and each failure says so beside what failed.
 */

import type { DeviceView } from '../../services/account'
import { endDevice, exportAccount, listDevices, phoneMessageFor } from '../../services/account'
import { getFontScale } from '../../services/appearance'
import { auth } from '../../services/auth'
import { isBaseLibraryAtLeast } from '../../services/base-library'
import { copyText } from '../../services/clipboard'
import { messageFor } from '../../services/failure'
import type { SessionView, SessionWatch } from '../../services/session-watch'
import { createSessionWatch, initialSessionView } from '../../services/session-watch'
import { texts } from '../../texts'

const t = texts.me

interface Sight {
  devicesPhase: 'loading' | 'ready' | 'failed'
  devices: DeviceView[]
  confirm: 'none' | 'device' | 'account'
}

const firstSight: Sight = { devicesPhase: 'loading', devices: [], confirm: 'none' }

Page({
  data: {
    t,
    session: texts.session,
    ...initialSessionView,
    fontScale: 1,
    phoneOpenType: '',
    phoneBusy: false,
    exporting: false,
    ...firstSight,
    // Log-out stands below the devices and has to be easy to find.
    fewDevices: 3,
    allDevices: false,
    confirmBusy: false,
    confirmMessage: '',
    endingId: '',
    deleted: false,
  },

  watch: null as SessionWatch | null,

  onLoad() {
    // The combined type needs the privacy interfaces of 2.32.3; older ones know the plain one only.
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
      if (this.data.phase === 'ready') await this.loadDevices()
    } catch (error) {
      this.toast(messageFor(error))
    } finally {
      void wx.stopPullDownRefresh()
    }
  },

  showSession(view: SessionView) {
    const arrived = view.phase === 'ready' && this.data.phase !== 'ready'
    this.setData(view.phase === 'signed-out' ? { ...view, ...firstSight } : { ...view })
    if (arrived) void this.loadDevices()
  },

  async loadDevices() {
    const owner = auth.user?.id
    const found = await listDevices(auth).then(
      (devices) => ({ devices, devicesPhase: 'ready' as const }),
      () => ({ devicesPhase: 'failed' as const }),
    )
    // Not when somebody else, or nobody, is signed in by now.
    if (auth.user?.id === owner) this.setData(found)
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
    void this.loadDevices()
  },

  /** No login may run between this event and the server's answer: it could change the session_key. */
  async onPhone({ detail }: WechatMiniprogram.ButtonGetPhoneNumber) {
    const hadPhone = Boolean(auth.user?.phone)
    this.setData({ phoneBusy: true })
    try {
      await auth.phone.fromButton(detail)
      this.toast(hadPhone ? t.phoneChanged : t.phoneBound)
    } catch (error) {
      this.toast(phoneMessageFor(error))
    } finally {
      this.setData({ phoneBusy: false })
    }
  },

  onEndDevice({ currentTarget }: WechatMiniprogram.TouchEvent<object, object, { id: string }>) {
    this.setData({ confirm: 'device', confirmMessage: '', endingId: currentTarget.dataset.id })
  },

  onDelete() {
    this.setData({ confirm: 'account', confirmMessage: '' })
  },

  onCancelConfirm() {
    this.setData({ confirm: 'none' })
  },

  async onConfirm() {
    const endsAccount = this.data.confirm === 'account'
    this.setData({ confirmBusy: true, confirmMessage: '' })
    try {
      if (endsAccount) await this.endAccount()
      else await this.endChosenDevice()
      this.setData({ confirm: 'none' })
    } catch (error) {
      this.setData({ confirmMessage: messageFor(error) })
    } finally {
      this.setData({ confirmBusy: false })
    }
  },

  async endAccount() {
    await auth.deleteAccount()
    this.setData({ deleted: true })
  },

  async endChosenDevice() {
    await endDevice(auth, this.data.endingId)
    this.toast(t.deviceEnded)
    await this.loadDevices()
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
