/** Promises over the callbacks of the WeChat APIs that only the lab calls. */

import type { WechatProfileBody } from '../../../typings/api'
import { getBaseUrl } from '../../config'
import { labTexts } from './texts'
import type { Outcome } from './outcome'
import { outcomeOf } from './outcome'

/** Whether the client considers the session_key valid; unrelated to our own token. */
export function findPhoneSideValidity(): Promise<boolean> {
  return new Promise((resolve) => {
    wx.checkSession({ success: () => resolve(true), fail: () => resolve(false) })
  })
}

/** https://developers.weixin.qq.com/miniprogram/dev/api/open-api/user-info/wx.getUserInfo.html */
export function getSealedUserInfo(): Promise<WechatProfileBody> {
  return new Promise((resolve, reject) => {
    wx.getUserInfo({
      withCredentials: true,
      success: ({ rawData, signature, encryptedData, iv }) =>
        resolve({ rawData, signature, encryptedData, iv }),
      fail: ({ errMsg }) => reject(new Error(errMsg)),
    })
  })
}

/** Shows a modal, then acts inside its callback, where the tap still counts. */
export function askFirst(act: () => Promise<Outcome>): Promise<Outcome> {
  const { modal, outcome } = labTexts
  return new Promise((resolve, reject) => {
    wx.showModal({
      title: modal.title,
      content: modal.content,
      confirmText: modal.allow,
      cancelText: modal.refuse,
      success({ confirm }) {
        if (confirm) act().then(resolve, reject)
        else resolve(outcomeOf([[outcome.result, outcome.refused]], 'neutral'))
      },
      fail: ({ errMsg }) => reject(new Error(errMsg)),
    })
  })
}

/**
 * Simulates a third-party SDK: sends its own request with the given token, and rejects with the
 * status.
 */
export function fetchMeLikeAnSdk(token: string): Promise<void> {
  return new Promise((resolve, reject) => {
    wx.request({
      url: `${getBaseUrl()}/v1/me`,
      header: { Authorization: `Bearer ${token}` },
      success: ({ statusCode: status }) => {
        if (status === 200) resolve()
        else reject(Object.assign(new Error(`status ${status}`), { status }))
      },
      fail: ({ errMsg }) => reject(new Error(errMsg)),
    })
  })
}
