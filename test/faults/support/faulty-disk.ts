/**
 * A disk that fails on demand, and that can be restored to the state after a power cut:
 * faulty-disk.c.
 */
import { spawnSync } from 'node:child_process'
import {
  closeSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { isInCi } from '../../support/ci'
import { makeTempDir } from '../../support/temp-dir'

const SOURCE = join(__dirname, 'faulty-disk.c')
/** In the order of `struct switches`. */
const SWITCHES = ['writeErrno', 'syncErrno', 'changes', 'dieAt', 'lookupError'] as const
const BYTES = 8

export interface FaultyDisk {
  /** Makes a process use this disk for all files below the folder. */
  env: NodeJS.ProcessEnv
  set(change: Partial<Record<(typeof SWITCHES)[number], number>>): void
  /** The number of changes and syncs since `changes` was set. */
  changes(): number
  /** The events since the last call, in order; see power-cut.ts. */
  takeJournal(): Buffer
  remove(): void
}

function compile(library: string): void {
  const args = [
    '-shared',
    '-fPIC',
    '-O2',
    '-Wall',
    '-Werror',
    '-o',
    library,
    SOURCE,
    '-ldl',
    '-lpthread',
  ]
  const { status, stderr, error } = spawnSync('cc', args, { encoding: 'utf8' })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${SOURCE} does not compile:\n${stderr}`)
}

/** Whether this system supports the faulty disk: Linux and a C compiler. */
function whatIsMissing(): string | null {
  if (process.platform !== 'linux') return 'needs Linux'
  return spawnSync('cc', ['--version']).status === 0 ? null : 'needs a C compiler: cc'
}

/** If it can't run, the suite is skipped with a message; in CI it fails. */
export function describeWithFaultyDisk(name: string, suite: () => void): void {
  const missing = whatIsMissing()
  if (missing === null || isInCi()) describe(name, suite)
  else describe.skip(`${name} (${missing})`, suite)
}

/** @param root the disk's folder, whose path contains no symbolic link. */
export function makeFaultyDisk(root: string): FaultyDisk {
  const dir = makeTempDir()
  const library = join(dir.path, 'faulty-disk.so')
  const journal = join(dir.path, 'journal')
  const switches = join(dir.path, 'switches')
  compile(library)
  writeFileSync(switches, Buffer.alloc(SWITCHES.length * BYTES))
  const file = openSync(switches, 'r+')

  return {
    env: {
      LD_PRELOAD: library,
      FAULTY_DISK_ROOT: root,
      FAULTY_DISK_JOURNAL: journal,
      FAULTY_DISK_SWITCHES: switches,
    },
    set(change) {
      SWITCHES.forEach((name, index) => {
        const value = change[name]
        if (value === undefined) return
        const bytes = Buffer.alloc(BYTES)
        bytes.writeBigInt64LE(BigInt(value))
        writeSync(file, bytes, 0, BYTES, index * BYTES)
      })
    },
    changes() {
      const bytes = Buffer.alloc(BYTES)
      readSync(file, bytes, 0, BYTES, SWITCHES.indexOf('changes') * BYTES)
      return Number(bytes.readBigInt64LE())
    },
    takeJournal() {
      const taken = readFileSync(journal)
      rmSync(journal)
      return taken
    },
    remove() {
      closeSync(file)
      dir.remove()
    },
  }
}
