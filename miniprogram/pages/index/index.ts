/**
 * What a first visitor sees. The page paints at once; the silent login only fills its card. The tap
 * on 获取头像昵称 goes the way that `auth.profile.mode()` names, a refusal leaves everything usable,
 * and no state leaves the page empty.
 */

import { getFontScale } from '../../services/appearance'
import { auth } from '../../services/auth'
import { isRefusal, messageFor } from '../../services/failure'
import type { ProfileDraft } from '../../services/profile-draft'
import { draftMessageFor, saveProfileDraft } from '../../services/profile-draft'
import type { SessionWatch } from '../../services/session-watch'
import { createSessionWatch, initialSessionView } from '../../services/session-watch'
import { texts } from '../../texts'

const t = { ...texts.index, retry: texts.common.retry, loading: texts.common.loading }

Page({
  data: {
    t,
    ...initialSessionView,
    mode: auth.profile.mode(),
    fontScale: 1,
    consentOpen: false,
    formOpen: false,
    saving: false,
    progress: 0,
    formMessage: '',
    notice: '',
    noticeTone: '',
  },

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
      if (this.data.phase === 'ready') await this.watch?.refresh()
      else await this.watch?.start()
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

  /** Consent is asked before the first time only: whoever edits a profile has given it already. */
  onFill() {
    this.notify('')
    if (this.data.user?.hasProfile) this.openForm()
    else this.setData({ consentOpen: true })
  },

  onAllow() {
    this.setData({ consentOpen: false })
    this.openForm()
  },

  onRefuse() {
    this.setData({ consentOpen: false })
    this.notify(t.refused)
  },

  openForm() {
    this.setData({ formOpen: true, formMessage: '', progress: 0 })
  },

  onCancelForm() {
    this.setData({ formOpen: false })
  },

  /** `fromTap` must be called in the tap's own task: no await before it. */
  onProfile() {
    void this.take(auth.profile.fromTap(texts.profile.desc))
  },

  onUserInfo({ detail }: WechatMiniprogram.ButtonGetUserInfo) {
    void this.take(auth.profile.fromButton(detail))
  },

  async take(profile: Promise<unknown>) {
    this.setData({ saving: true })
    this.notify('')
    try {
      await profile
      this.notify(t.saved)
    } catch (error) {
      if (isRefusal(error)) this.notify(t.refused)
      else this.notify(messageFor(error), 'danger')
    } finally {
      this.setData({ saving: false })
    }
  },

  async onSave({ detail }: WechatMiniprogram.CustomEvent<ProfileDraft>) {
    this.setData({ saving: true, formMessage: '' })
    try {
      await saveProfileDraft(auth, detail, (progress) => this.setData({ progress }))
      this.setData({ formOpen: false })
      this.notify(t.saved)
    } catch (error) {
      this.setData({ formMessage: draftMessageFor(error) })
    } finally {
      this.setData({ saving: false, progress: 0 })
    }
  },

  notify(notice: string, noticeTone: '' | 'danger' = '') {
    this.setData({ notice, noticeTone })
  },

  onMe() {
    void wx.navigateTo({ url: '/pages/me/me' })
  },

  onLab() {
    void wx.navigateTo({ url: '/pages/lab/lab' })
  },
})
