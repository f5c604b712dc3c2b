/** What every store answers that can't be used, and how soon. */

/** 2 s are promised; a machine that runs all tests at once has delays of its own. */
const WITHIN_MS = 6000

export async function refusedInTime(work: () => Promise<unknown>): Promise<void> {
  const startedAt = performance.now()
  await expect(work()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', status: 503 })
  expect(performance.now() - startedAt).toBeLessThan(WITHIN_MS)
}
