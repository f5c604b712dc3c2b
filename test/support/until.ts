/** Waits for a state instead of a fixed time. */
import { setTimeout as delay } from 'node:timers/promises'

const ASK_EVERY_MS = 20
const GIVE_UP_AFTER_MS = 20_000

/** @throws Error when `isThere` does not return true within 20 s. */
export async function until(isThere: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + GIVE_UP_AFTER_MS
  while (performance.now() < giveUpAt) {
    if (await isThere()) return
    await delay(ASK_EVERY_MS)
  }
  throw new Error(`${isThere.toString()} did not come true within ${GIVE_UP_AFTER_MS} ms`)
}
