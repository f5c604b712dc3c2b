/**
 * The size of the fault tests: `FAULTS=full` runs everything, `npm run test:all` a short form, and
 * an environment variable sets another number. Random choices derive from FAULTS_SEED.
 */
export const IS_FULL = process.env['FAULTS'] === 'full'

function wholeNumber(variable: string, otherwise: number): number {
  const given = process.env[variable]
  if (given === undefined) return otherwise
  if (!/^\d{1,9}$/.test(given))
    throw new Error(`${variable} must be a whole number, not "${given}".`)
  return Number(given)
}

/** @param variable the environment variable that sets another size. */
export function sizeOf(variable: string, sizes: { full: number; short: number }): number {
  return wholeNumber(variable, IS_FULL ? sizes.full : sizes.short)
}

/** Allowance for other load on the machine, which is not the server's fault. */
const ALLOWANCE = IS_FULL ? 1 : 5

/** A promised time limit; enforced exactly only in the full form, which runs alone. */
export const promised = (limitMs: number): number => limitMs * ALLOWANCE

const PROGRESS_EVERY_MS = 5000

/** Prints the progress of a long test. */
export function createProgress(name: string, total: number): (done: number) => void {
  let toldAt = performance.now()
  return (done) => {
    if (!IS_FULL || performance.now() - toldAt < PROGRESS_EVERY_MS) return
    toldAt = performance.now()
    process.stderr.write(`  … ${name}: ${done} of ${total}\n`)
  }
}

export interface Random {
  /** 0 ≤ x < 1. */
  next(): number
  /** A whole number, 0 ≤ n < below. */
  below(below: number): number
  pick<T>(choices: readonly T[]): T
}

/**
 * Mulberry32: the same seed makes the same choices. Prints its seed, so that a failure can be
 * reproduced.
 */
export function createRandom(name: string): Random {
  const seed = wholeNumber('FAULTS_SEED', Date.now() % 1e9)
  process.stderr.write(`  ${name}: FAULTS_SEED=${seed}\n`)
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    next,
    below,
    pick: (choices) => {
      const choice = choices[below(choices.length)]
      if (choice === undefined) throw new Error('there is nothing to pick from')
      return choice
    },
  }
}
