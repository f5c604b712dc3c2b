/** The clipboard, which a user's refusal of the privacy contract or the host may close to us. */

/**
 * @returns false when the text could not be copied. By callbacks: old hosts know no promise here.
 * https://developers.weixin.qq.com/miniprogram/dev/api/device/clipboard/wx.setClipboardData.html
 */
export function copyText(data: string): Promise<boolean> {
  return new Promise((resolve) => {
    wx.setClipboardData({ data, success: () => resolve(true), fail: () => resolve(false) })
  })
}
