/**
 * Begins at most 5 ms of requests in one iteration of the event loop. Since libuv 1.45 an iteration
 * accepts one new connection only, so long iterations would keep new clients waiting for seconds.
 */

const BUDGET_MS = 5

/** Runs `work` now if this iteration has time left, otherwise in a later one. Keeps the order. */
type BeginInTurn = (work: () => void) => void

export function createTurnBudget(): BeginInTurn {
  const waiting: (() => void)[] = []
  let isOpen = false
  let endsAtMs = 0

  function open(): void {
    isOpen = true
    endsAtMs = performance.now() + BUDGET_MS
    setImmediate(next)
  }

  function next(): void {
    isOpen = false
    if (waiting.length === 0) return
    open()
    do waiting.shift()?.()
    while (waiting.length > 0 && performance.now() < endsAtMs)
  }

  return (work) => {
    const isFirst = !isOpen
    if (isFirst) open()
    if (isFirst || (waiting.length === 0 && performance.now() < endsAtMs)) work()
    else waiting.push(work)
  }
}
