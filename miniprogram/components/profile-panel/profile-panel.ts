/**
 * Who the user is, and the whole way to say so: the button 获取头像昵称, the consent, the form and the
 * outcome in one sentence. It asks only after a tap, a refusal changes nothing, and what it saves
 * comes back through the session that the page watches, so it reports nothing.
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
    /** Null while the login is under way: a quiet skeleton then. */
    user: { type: Object, value: null },
    /** The login takes longer than usual. */
    slow: { type: Boolean, value: false },
    /** Side by side instead of centred. */
    compact: { type: Boolean, value: false },
  },
  data: {
    t,
    mode: auth.profile.mode(),
    canAsk: auth.profile.mode() === 'fill',
    consentOpen: false,
    formOpen: false,
    /** The last user that was there: a login that fails must not take the form, and what is in it, away. */
    known: null as UserView | null,
    saving: false,
    progress: 0,
    formMessage: '',
    notice: '',
    noticeTone: '',
  },
  observers: {
    /**
     * Our own form can be asked for at any time. WeChat's sheets seal what they give with the
     * session_key, so the login comes before the tap.
     */
    user(user: UserView | null) {
      this.setData({ canAsk: user !== null || this.data.mode === 'fill' })
      if (user !== null) this.setData({ known: user })
    },
  },
  methods: {
    /** Consent is asked the first time only: editing a profile implies an earlier consent. */
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
