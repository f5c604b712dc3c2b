/**
 * Runs one task at a time: whoever asks while it runs gets the same promise. A finished or forgotten
 * task never clears a newer one, and no outcome is ever kept.
 */
export interface SingleFlight {
  /** The running task's promise; null when there is none. */
  current: Promise<void> | null
  /** Joins the running task, else starts this one; it begins after the caller's own code. */
  run(task: () => Promise<void>): Promise<void>
}

export function createSingleFlight(): SingleFlight {
  const flight: SingleFlight = {
    current: null,
    run(task) {
      if (flight.current) return flight.current
      // A task that began at once could ask for itself before `current` is set.
      const mine = Promise.resolve().then(task)
      const clear = (): void => {
        if (flight.current === mine) flight.current = null
      }
      mine.then(clear, clear)
      return (flight.current = mine)
    },
  }
  return flight
}
