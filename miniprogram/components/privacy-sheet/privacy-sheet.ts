/**
 * Shown when WeChat reports that an API needs the user's consent to the privacy contract. Put one
 * on every page that uses such an API: the page shown last handles the request. APIs that ask at
 * the same time share one sheet, and each gets an answer, also when the page is closed.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/user-privacy/PrivacyAuthorize.html
 */

import type { PrivacyDecision, PrivacyResolve } from '../../services/privacy'
import { findPrivacyNeed, onPrivacyNeeded, openPrivacyContract } from '../../services/privacy'
import { texts } from '../../texts'

const agreeButtonId = 'privacy-agree'

Component({
  data: {
    t: texts.privacy,
    open: false,
    contractName: texts.privacy.contractFallback,
    waiting: [] as PrivacyResolve[],
  },
  // setData can't transfer functions to the view layer, so they are stored outside of it.
  options: { pureDataPattern: /^waiting$/ },
  lifetimes: {
    attached() {
      this.listen()
    },
    detached() {
      this.answer({ event: 'disagree' })
    },
  },
  pageLifetimes: {
    show() {
      this.listen()
    },
  },
  methods: {
    listen() {
      onPrivacyNeeded((resolve) => this.ask(resolve))
    },
    ask(resolve: PrivacyResolve) {
      this.data.waiting.push(resolve)
      resolve({ event: 'exposureAuthorization' })
      this.setData({ open: true })
      void this.learnContractName()
    },
    async learnContractName() {
      const { contractName } = await findPrivacyNeed()
      if (contractName) this.setData({ contractName })
    },
    answer(decision: PrivacyDecision) {
      const waiting = this.data.waiting.splice(0)
      for (const resolve of waiting) resolve(decision)
      if (this.data.open) this.setData({ open: false })
    },
    onAgree() {
      this.answer({ event: 'agree', buttonId: agreeButtonId })
    },
    onRefuse() {
      this.answer({ event: 'disagree' })
    },
    async onContract() {
      if (await openPrivacyContract()) return
      void wx.showToast({ title: texts.privacy.contractFailed, icon: 'none' })
    },
  },
})
