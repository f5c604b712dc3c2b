/** Waits for a state of a slow server; for a state of this process use test/support/until.ts. */
import { setTimeout as delay } from 'node:timers/promises'

const ASK_EVERY_MS = 100

/** @throws Error when `isThere` does not return true in time, or the error that it throws. */
export async function patiently(withinMs: number, isThere: () => Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + withinMs
  while (!(await isThere())) {
    if (performance.now() > giveUpAt) {
      throw new Error(`${isThere.toString()} did not come true within ${withinMs} ms`)
    }
    await delay(ASK_EVERY_MS)
  }
}
