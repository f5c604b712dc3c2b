/** How many random cases a property is tried on; the nightly workflow tries RANDOM_TIMES as many. */
export const randomRuns = (count: number): number =>
  count * Number(process.env['RANDOM_TIMES'] ?? 1)
