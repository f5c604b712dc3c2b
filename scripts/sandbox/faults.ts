/**
 * The faults that wait to happen. Of those on one path, the counted ones come first, in the order in
 * which they were asked for; of the lasting ones only the newest counts.
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

/** A fault as it was asked for. */
export interface Fault {
  /** One of WeChat's paths. */
  readonly path: string
  readonly mode: FaultMode
  /** How often it happens; without, until it is taken away. */
  readonly times?: number | undefined
  /** How likely it happens to a call, 0 to 1; without, always. */
  readonly probability?: number | undefined
  /** For `errcode`; -1 by default. */
  readonly errcode?: number | undefined
  /** The HTTP status, where the mode answers one. */
  readonly status?: number | undefined
  /** `slow-body`: ms between two bytes; any other mode: ms before it happens. */
  readonly delayMs?: number | undefined
}

export interface Faults {
  add(fault: Fault): void
  /** The fault that happens to this call, or null. Counts it. */
  take(path: string): Fault | null
  clear(): void
  /** What still waits; `times` is what is left. */
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
