/**
 * Asks for consent in our own words before the app reads the avatar or the nickname. If the user
 * has not yet accepted WeChat's privacy contract, 允许 accepts it too, because without it `<input
 * type="nickname">` silently behaves like a plain input.
 * Events: `allow`, `refuse`. It opens only on request, and reads and stores nothing.
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
