/**
 * WeChat's privacy APIs (base library 2.32.3), with the types that the typings lack. Older versions
 * intercept nothing, so there every function here answers "no consent needed".
 * https://developers.weixin.qq.com/miniprogram/dev/framework/user-privacy/PrivacyAuthorize.html
 */

import { hasApi } from './base-library'

export interface PrivacyNeed {
  /** Whether the user has not yet accepted the privacy contract. */
  needed: boolean
  /** Such as 《某某小程序隐私保护指引》; may be empty. */
  contractName: string
}

export type PrivacyDecision =
  | { event: 'exposureAuthorization' | 'disagree' }
  /** The id of the agreePrivacyAuthorization button that the user tapped. */
  | { event: 'agree'; buttonId: string }

export type PrivacyResolve = (decision: PrivacyDecision) => void

interface PrivacyListening {
  onNeedPrivacyAuthorization(
    listener: (resolve: PrivacyResolve, about: { referrer: string }) => void,
  ): void
}

const noNeed: PrivacyNeed = { needed: false, contractName: '' }

export function findPrivacyNeed(): Promise<PrivacyNeed> {
  return new Promise((resolve) => {
    if (!hasApi('getPrivacySetting')) {
      resolve(noNeed)
      return
    }
    wx.getPrivacySetting({
      success: ({ needAuthorization, privacyContractName }) =>
        resolve({ needed: needAuthorization, contractName: privacyContractName }),
      fail: () => resolve(noNeed),
    })
  })
}

/** Only the last registration counts, so a page registers again each time it is shown. */
export function onPrivacyNeeded(listener: (resolve: PrivacyResolve) => void): void {
  if (!hasApi('onNeedPrivacyAuthorization')) return
  const platform = wx as unknown as PrivacyListening
  platform.onNeedPrivacyAuthorization((resolve) => listener(resolve))
}

/** Opens the privacy contract from the admin console; false when it could not be opened. */
export function openPrivacyContract(): Promise<boolean> {
  return new Promise((resolve) => {
    if (!hasApi('openPrivacyContract')) {
      resolve(false)
      return
    }
    wx.openPrivacyContract({ success: () => resolve(true), fail: () => resolve(false) })
  })
}
