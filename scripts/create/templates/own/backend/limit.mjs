/** Limits the failed attempts per address and minute; above the limit the address has to wait. */
const WINDOW_MS = 60_000

export function createLimit(max) {
  let countsByAddress = new Map()
  let windowEndsAtMs = 0

  function openWindow() {
    if (Date.now() < windowEndsAtMs) return
    countsByAddress = new Map()
    windowEndsAtMs = Date.now() + WINDOW_MS
  }

  return {
    count(address) {
      openWindow()
      countsByAddress.set(address, (countsByAddress.get(address) ?? 0) + 1)
    },

    /** Seconds to wait; 0 when the address may continue. */
    secondsToWait(address) {
      openWindow()
      if ((countsByAddress.get(address) ?? 0) < max) return 0
      return Math.ceil((windowEndsAtMs - Date.now()) / 1000)
    },
  }
}
