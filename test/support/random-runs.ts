/** The number of random cases per property; the nightly workflow multiplies it by RANDOM_TIMES. */
export const randomRuns = (count: number): number =>
  count * Number(process.env['RANDOM_TIMES'] ?? 1)
