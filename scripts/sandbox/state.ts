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

const explainUnsaved = (file: string, error: unknown): string =>
  `${file} can't be written (${error instanceof Error ? error.message : String(error)}). The sandbox goes on without it and tries again at the next change.`

/** Saves soon after a change. Warns once when that fails, and not again until it has worked. */
function createSaver(file: string | undefined, find: () => World, warn: (line: string) => void) {
  let timer: NodeJS.Timeout | undefined
  let isUnsaved = false
  let hasWarned = false

  const save = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (file === undefined || !isUnsaved) return
    try {
      saveState(file, saveWorld(find()))
      isUnsaved = hasWarned = false
    } catch (error) {
      if (!hasWarned) warn(explainUnsaved(file, error))
      hasWarned = true
    }
  }
  return {
    save,
    saveSoon: () => {
      if (file === undefined) return
      isUnsaved = true
      timer ??= setTimeout(save, SAVE_AFTER_MS)
    },
  }
}

/** Throws when the file exists and is not a state file. */
export function createState(file?: string, warn: (line: string) => void = console.error): State {
  const payKeys = createPayKeys()
  let world = createWorld(file === undefined ? undefined : loadState(file), payKeys)
  let faults = createFaults()
  let calls = createCalls()
  const saver = createSaver(file, () => world, warn)
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
    touch: saver.saveSoon,
    end: () => {
      world.pay.stop()
      saver.save()
    },
  }
}
