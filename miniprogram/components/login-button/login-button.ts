/**
 * The one button 获取头像昵称, drawn in the way this base library supports. It reports the tap in the
 * same task, so that its listener may still call an interface which needs a real tap.
 * Events: `fill` (ask for consent, then show the form), `profile` (call `auth.profile.fromTap` now),
 * `userinfo` with WeChat's detail (hand it to `auth.profile.fromButton`).
 */

Component({
  properties: {
    text: { type: String, value: '' },
    /** `fill`, `getUserProfile` or `getUserInfo`: what `auth.profile.mode()` answered. */
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
