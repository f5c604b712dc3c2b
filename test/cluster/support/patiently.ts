/** Waits for a state of a server that takes its time; a state that this process reaches is test/support/until.ts. */
import { setTimeout as delay } from 'node:timers/promises'

const ASK_EVERY_MS = 100

/** @throws Error when `isThere` has not answered true within that time, or what it throws. */
export async function patiently(withinMs: number, isThere: () => Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + withinMs
  while (!(await isThere())) {
    if (performance.now() > giveUpAt) {
      throw new Error(`${isThere.toString()} did not come true within ${withinMs} ms`)
    }
    await delay(ASK_EVERY_MS)
  }
}
