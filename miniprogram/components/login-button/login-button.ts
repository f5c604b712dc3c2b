/**
 * The button 获取头像昵称, in the variant that this base library supports. It emits its event
 * synchronously in the tap handler, so that the listener may call APIs that require a user tap.
 * Events: `fill` (ask for consent, then show the form), `profile` (call `auth.profile.fromTap`
 * now), `userinfo` with WeChat's detail (pass it to `auth.profile.fromButton`).
 */

Component({
  properties: {
    text: { type: String, value: '' },
    /** `fill`, `getUserProfile` or `getUserInfo`: the result of `auth.profile.mode()`. */
    mode: { type: String, value: 'fill' },
    loading: { type: Boolean, value: false },
    disabled: { type: Boolean, value: false },
  },
  methods: {
    onTap() {
      if (this.data.disabled || this.data.loading) return
      this.triggerEvent(this.data.mode === 'getUserProfile' ? 'profile' : 'fill')
    },
    onUserInfo(event: WechatMiniprogram.ButtonGetUserInfo) {
      this.triggerEvent('userinfo', event.detail)
    },
  },
})
