/**
 * Limits how long one turn of the event loop begins requests. Since libuv 1.45 a turn accepts only
 * one new connection. If each turn served every connected client, a new connection would wait for
 * seconds behind a crowd, and for minutes behind a client that keeps opening connections.
 */

/** Under ordinary load a turn begins all its requests. */
const BUDGET_MS = 5

/** Begins the work now, or in a later turn when this turn's time is used up; in the order of the calls. */
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
