/** What every store answers that can't be used, and how soon. */

const WITHIN_MS = 2000

export async function refusedInTime(work: () => Promise<unknown>): Promise<void> {
  const startedAt = performance.now()
  await expect(work()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', status: 503 })
  expect(performance.now() - startedAt).toBeLessThan(WITHIN_MS)
}
