/** Reports whether the phone has a network, and when it comes back. */

import { hasApi } from './base-library'

/** Also true when the host can't tell. */
export function isOnline(): Promise<boolean> {
  return new Promise((resolve) => {
    if (!hasApi('getNetworkType')) {
      resolve(true)
      return
    }
    wx.getNetworkType({
      success: ({ networkType }) => resolve(networkType !== 'none'),
      fail: () => resolve(true),
    })
  })
}

/**
 * Calls back each time the network returns. Returns a function that stops listening.
 * https://developers.weixin.qq.com/miniprogram/dev/api/device/network/wx.onNetworkStatusChange.html
 */
export function onBackOnline(listener: () => void): () => void {
  if (!hasApi('onNetworkStatusChange')) return () => undefined
  const heard = (change: object) => {
    if ('isConnected' in change && change.isConnected === true) listener()
  }
  wx.onNetworkStatusChange(heard)
  return () => {
    if (hasApi('offNetworkStatusChange')) wx.offNetworkStatusChange(heard)
  }
}
