/**
 * The faults that have been requested. On one path, faults with `times` happen first, in the order of
 * the requests. Of the faults without `times` only the newest is kept.
 */
export const FAULT_MODES = [
  'errcode',
  'status',
  'html',
  'bad-json',
  'empty',
  'hang',
  'reset',
  'reset-after-headers',
  'slow-body',
  'huge-body',
  'redirect',
  'delay',
] as const

export type FaultMode = (typeof FAULT_MODES)[number]

/** A requested fault. */
export interface Fault {
  /** One of WeChat's paths. */
  readonly path: string
  readonly mode: FaultMode
  /** How often it happens. By default it happens until the faults are cleared. */
  readonly times?: number | undefined
  /** The probability that it happens to a call, 0 to 1; 1 by default. */
  readonly probability?: number | undefined
  /** For `errcode`; -1 by default. */
  readonly errcode?: number | undefined
  /** The HTTP status of the answer. */
  readonly status?: number | undefined
  /** With `slow-body`, the ms between two bytes; with any other mode, the ms before it happens. */
  readonly delayMs?: number | undefined
}

export interface Faults {
  add(fault: Fault): void
  /** The fault of this call, or null. It counts as having happened. */
  take(path: string): Fault | null
  clear(): void
  /** The faults that are still to happen, `times` being what is left. */
  list(): Fault[]
}

export function createFaults(): Faults {
  let waiting: { fault: Fault; left: number }[] = []
  const isLasting = (fault: Fault): boolean => fault.times === undefined
  return {
    add: (fault) => {
      if (isLasting(fault)) {
        waiting = waiting.filter(
          (other) => !isLasting(other.fault) || other.fault.path !== fault.path,
        )
      }
      waiting.push({ fault, left: fault.times ?? Infinity })
      waiting.sort((a, b) => Number(isLasting(a.fault)) - Number(isLasting(b.fault)))
    },
    take: (path) => {
      if (waiting.length === 0) return null
      const hit = waiting.find(
        ({ fault }) =>
          fault.path === path &&
          (fault.probability === undefined || Math.random() < fault.probability),
      )
      if (hit === undefined) return null
      hit.left -= 1
      if (hit.left === 0) waiting = waiting.filter((other) => other !== hit)
      return hit.fault
    },
    clear: () => {
      waiting = []
    },
    list: () =>
      waiting.map(({ fault, left }) => (isLasting(fault) ? fault : { ...fault, times: left })),
  }
}
