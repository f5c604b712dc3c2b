/**
 * WeChat's privacy interfaces (base library 2.32.3), with the shapes that the typings lack. Below
 * that version nothing is intercepted, so every question here answers "no need".
 * https://developers.weixin.qq.com/miniprogram/dev/framework/user-privacy/PrivacyAuthorize.html
 */

import { hasApi } from './base-library'

export interface PrivacyNeed {
  /** Whether the user has yet to agree to the privacy contract. */
  needed: boolean
  /** Such as 《某某小程序隐私保护指引》; may be empty. */
  contractName: string
}

export type PrivacyDecision =
  | { event: 'exposureAuthorization' | 'disagree' }
  /** The id of the agreePrivacyAuthorization button that was really tapped. */
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

/** The last registration wins, so a page registers again each time it is shown. */
export function onPrivacyNeeded(listener: (resolve: PrivacyResolve) => void): void {
  if (!hasApi('onNeedPrivacyAuthorization')) return
  const platform = wx as unknown as PrivacyListening
  platform.onNeedPrivacyAuthorization((resolve) => listener(resolve))
}

/** Opens the privacy contract as the admin console holds it; false when it could not be opened. */
export function openPrivacyContract(): Promise<boolean> {
  return new Promise((resolve) => {
    if (!hasApi('openPrivacyContract')) {
      resolve(false)
      return
    }
    wx.openPrivacyContract({ success: () => resolve(true), fail: () => resolve(false) })
  })
}
