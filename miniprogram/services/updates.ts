/**
 * Offers a new version as soon as WeChat has downloaded it, and restarts only if the user agrees.
 * https://developers.weixin.qq.com/miniprogram/dev/api/base/update/wx.getUpdateManager.html
 */

import { texts } from '../texts'
import { hasApi } from './base-library'

/** Call once, at launch. Does nothing below base library 1.9.90. */
export function promptForUpdates(): void {
  if (!hasApi('getUpdateManager')) return
  const updates = wx.getUpdateManager()
  updates.onUpdateReady(() => {
    wx.showModal({
      title: texts.update.title,
      content: texts.update.ready,
      confirmText: texts.update.restart,
      cancelText: texts.update.later,
      success: ({ confirm }) => {
        if (confirm) updates.applyUpdate()
      },
    })
  })
  updates.onUpdateFailed(() => {
    void wx.showModal({
      title: texts.update.title,
      content: texts.update.failed,
      confirmText: texts.common.understood,
      showCancel: false,
    })
  })
}
