/** It is not worth trying again with less time left than this. */
const WORTH_TRYING_MS = 100

/** One deadline for all database queries of one call of the store. */
export class Deadline {
  private readonly endsAtMs: number

  constructor(forMs: number) {
    this.endsAtMs = performance.now() + forMs
  }

  /** Never negative. */
  leftMs(): number {
    return Math.max(0, this.endsAtMs - performance.now())
  }

  /** Too little time is left to try anything. */
  isNear(): boolean {
    return this.leftMs() < WORTH_TRYING_MS
  }

  /**
   * Waits for `work` until the deadline, then rejects with what `fault` makes.
   *
   * @param onLate is called with a result that arrives after the deadline.
   */
  inTime<T>(
    work: Promise<T>,
    fault: () => Error,
    onLate: (value: T) => void = () => undefined,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      let isLate = false
      const timer = setTimeout(() => {
        isLate = true
        reject(fault())
      }, this.leftMs())
      work.then(
        (value) => {
          clearTimeout(timer)
          if (isLate) onLate(value)
          else resolve(value)
        },
        (error: unknown) => {
          clearTimeout(timer)
          reject(error instanceof Error ? error : new Error(String(error)))
        },
      )
    })
  }
}
