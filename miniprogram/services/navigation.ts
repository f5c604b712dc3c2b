/** Opens a page once, also for two taps. */

let isLeaving = false

/** Ignores a tap during a navigation, because it would open a second page. */
export function openPage(url: string): void {
  if (isLeaving) return
  isLeaving = true
  const complete = (): void => {
    isLeaving = false
  }
  wx.navigateTo({ url, complete })
}
