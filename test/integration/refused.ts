/** The answer of every unusable store, and its time limit. */

/** 2 s are promised; a machine that runs all tests at once adds delays. */
const WITHIN_MS = 6000

export async function refusedInTime(work: () => Promise<unknown>): Promise<void> {
  const startedAt = performance.now()
  await expect(work()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', status: 503 })
  expect(performance.now() - startedAt).toBeLessThan(WITHIN_MS)
}
