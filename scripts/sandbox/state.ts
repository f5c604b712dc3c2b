/**
 * The state of a running sandbox: the world, the faults, the calls. When there is a file, the world is
 * saved there soon after a change and at the end.
 */
import { createCalls } from './calls'
import type { Calls } from './calls'
import { createFaults } from './faults'
import type { Faults } from './faults'
import { createPayKeys } from './pay/keys'
import { loadState, saveState } from './state-file'
import { createWorld, saveWorld } from './world/world'
import type { World } from './world/world'

export interface State {
  readonly world: World
  readonly faults: Faults
  readonly calls: Calls
  /** Forgets everything, as after a fresh start. */
  reset(): void
  /** Saves the world soon: a call may have changed it. */
  touch(): void
  /** Stops the notices and saves what has not been saved yet. */
  end(): void
}

const SAVE_AFTER_MS = 500

/** Throws when the file exists and is not a state file. */
export function createState(file?: string): State {
  const payKeys = createPayKeys()
  let world = createWorld(file === undefined ? undefined : loadState(file), payKeys)
  let faults = createFaults()
  let calls = createCalls()
  let timer: NodeJS.Timeout | undefined

  const save = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (file !== undefined) saveState(file, saveWorld(world))
  }
  return {
    get world() {
      return world
    },
    get faults() {
      return faults
    },
    get calls() {
      return calls
    },
    reset: () => {
      world.pay.stop()
      payKeys.reset()
      world = createWorld(undefined, payKeys)
      faults = createFaults()
      calls = createCalls()
    },
    touch: () => {
      if (file !== undefined) timer ??= setTimeout(save, SAVE_AFTER_MS)
    },
    end: () => {
      world.pay.stop()
      if (timer !== undefined) save()
    },
  }
}
