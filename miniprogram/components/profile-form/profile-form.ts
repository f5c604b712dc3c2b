/**
 * Edits avatar and nickname with the components that WeChat supports today:
 * `open-type="chooseAvatar"` and `<input type="nickname">`. It keeps a draft and emits it only on
 * 保存; it uploads and stores nothing itself. Events: `save` with a ProfileDraft, `cancel`.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/userProfile.html
 */

import { isBaseLibraryAtLeast, isDevTools } from '../../services/base-library'
import type { ProfileDraft } from '../../services/profile-draft'
import { texts } from '../../texts'

type FormSubmit = WechatMiniprogram.CustomEvent<{ value: { nickname?: string } }>
type NicknameInput = WechatMiniprogram.CustomEvent<{ value: string }>
type NicknameReview = WechatMiniprogram.CustomEvent<{ pass: boolean; timeout: boolean }>
type ChooseAvatar = WechatMiniprogram.CustomEvent<{ avatarUrl: string }>

const anonymousNickname = '微信用户'

Component({
  properties: {
    /** The current nickname and avatar, shown until the user changes them. */
    nickname: { type: String, value: '' },
    avatarUrl: { type: String, value: '' },
    saving: { type: Boolean, value: false },
    /** Upload progress of the picture, 0 to 100; 0 hides it. */
    progress: { type: Number, value: 0 },
    /** Error message of the last save; empty when there is none. */
    message: { type: String, value: '' },
  },
  data: {
    t: texts.form,
    canChooseAvatar: true,
    avatarPath: '',
    complaint: '',
    typed: '',
    /** WeChat's content check rejected the typed nickname and cleared it. */
    rejected: false,
  },
  lifetimes: {
    attached() {
      this.setData({ canChooseAvatar: isBaseLibraryAtLeast('2.21.2') })
    },
  },
  methods: {
    onChooseAvatar({ detail }: ChooseAvatar) {
      this.setData({ avatarPath: detail.avatarUrl, complaint: '' })
    },
    onAvatarError({ detail }: WechatMiniprogram.ButtonError) {
      // Cancelling the album is not an error.
      if (!detail.errMsg.includes('cancel')) this.setData({ complaint: texts.form.avatarFailed })
    },
    onInput({ detail }: NicknameInput) {
      const typed = detail.value
      // WeChat's own clearing may also arrive as an input event.
      const rejected = this.data.rejected && typed === ''
      this.setData({ typed, rejected, complaint: rejected ? this.data.complaint : '' })
    },
    onReview({ detail }: NicknameReview) {
      if (detail.pass) return
      this.setData({
        rejected: !detail.timeout,
        complaint: detail.timeout ? texts.form.nicknameUnchecked : texts.form.nicknameRejected,
      })
    },
    onSubmit({ detail }: FormSubmit) {
      if (this.data.saving) return
      const draft = this.readDraft(detail.value.nickname ?? '')
      const complaint = this.findComplaint(draft)
      // Shown once: a second tap on 保存 saves the picture without the nickname.
      this.setData({ complaint, typed: draft.nickname, rejected: false })
      if (complaint === '') this.triggerEvent('save', draft)
    },
    onCancel() {
      this.triggerEvent('cancel')
    },
    /**
     * Read the value from the form, because WeChat clears a nickname there that fails its check.
     * Only DevTools, which emulates the input, may leave the form's value empty.
     */
    readDraft(submitted: string): ProfileDraft {
      const nickname = submitted === '' && isDevTools() ? this.data.typed : submitted
      return { nickname: nickname.trim(), avatarPath: this.data.avatarPath }
    },
    findComplaint({ nickname, avatarPath }: ProfileDraft): string {
      if (nickname === anonymousNickname) return texts.form.nicknameAnonymous
      // Base libraries below 2.29.1 send no review event; there, only the cleared value shows a
      // rejection.
      const cleared = this.data.rejected || this.data.typed.trim() !== ''
      if (nickname === '' && cleared) return texts.form.nicknameRejected
      const unchanged = nickname === '' || nickname === this.data.nickname
      return unchanged && avatarPath === '' ? texts.form.nothingChanged : ''
    },
  },
})
