/**
 * Asks in our own words before the avatar and the nickname are touched. Where the user has yet to
 * agree to WeChat's privacy contract, 允许 is that agreement as well, since without it
 * `<input type="nickname">` silently behaves like a plain one.
 * Events: `allow`, `refuse`. It asks only when told to open, and it reads or stores nothing.
 */

import { findPrivacyNeed, openPrivacyContract } from '../../services/privacy'
import { texts } from '../../texts'

Component({
  properties: {
    open: { type: Boolean, value: false },
  },
  data: { t: texts.consent, privacyNeeded: false, contractName: '' },
  observers: {
    open(open: boolean) {
      if (open) void this.learnPrivacyNeed()
    },
  },
  methods: {
    async learnPrivacyNeed() {
      const { needed, contractName } = await findPrivacyNeed()
      this.setData({
        privacyNeeded: needed,
        contractName: contractName || texts.privacy.contractFallback,
      })
    },
    async onContract() {
      if (await openPrivacyContract()) return
      void wx.showToast({ title: texts.privacy.contractFailed, icon: 'none' })
    },
    onAllow() {
      this.triggerEvent('allow')
    },
    onRefuse() {
      this.triggerEvent('refuse')
    },
  },
})
