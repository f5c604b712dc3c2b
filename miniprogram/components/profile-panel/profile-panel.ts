/**
 * Shows the user and lets them edit their profile: the button 获取头像昵称, the consent sheet, the form
 * and the outcome in one sentence. It asks only after a tap, and a refusal changes nothing. It
 * emits no result, because the page receives saved changes through the session it watches.
 */

import { auth } from '../../services/auth'
import { isAnonymousProfile, isRefusal, messageFor } from '../../services/failure'
import type { ProfileDraft } from '../../services/profile-draft'
import { draftMessageFor, saveProfileDraft } from '../../services/profile-draft'
import type { UserView } from '../../services/user-view'
import { texts } from '../../texts'

const t = { ...texts.panel, loading: texts.common.loading, slow: texts.common.slow }

Component({
  properties: {
    /** Null while the login is in progress: shows a quiet skeleton. */
    user: { type: Object, value: null },
    /** The login takes longer than usual. */
    slow: { type: Boolean, value: false },
    /** Places the parts side by side instead of centred. */
    compact: { type: Boolean, value: false },
  },
  data: {
    t,
    mode: auth.profile.mode(),
    canAsk: auth.profile.mode() === 'fill',
    consentOpen: false,
    formOpen: false,
    /** The last known user, so that a failed login does not remove the form with its input. */
    known: null as UserView | null,
    saving: false,
    progress: 0,
    formMessage: '',
    notice: '',
    noticeTone: '',
  },
  observers: {
    /**
     * Our own form can be shown at any time. WeChat's sheets encrypt their data with the
     * session_key, so the login must finish before the tap.
     */
    user(user: UserView | null) {
      this.setData({ canAsk: user !== null || this.data.mode === 'fill' })
      if (user !== null) this.setData({ known: user })
    },
  },
  methods: {
    /** Asks for consent only once, because a user who edits a profile has already given it. */
    onFill() {
      this.notify('')
      const user = this.data.user as UserView | null
      if (user?.hasProfile) this.openForm()
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
    /** Call `fromTap` synchronously in the tap handler: no await before it. */
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
        else if (isAnonymousProfile(error)) this.openForm()
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
  },
})
