/**
 * The only file of the server that loads better-sqlite3, an optional package with native code.
 *
 * Version 13 contains its binaries and needs Node 22; Node 20 would crash in it and uses version 12,
 * which is compiled during installation. So the version is checked before any native code is loaded.
 */
import { createRequire } from 'node:module'
import type Database from 'better-sqlite3'
import { SetupError } from '../../operator-error'

const requireFromHere = createRequire(__filename)
const NODE_MAJOR = Number.parseInt(process.versions.node)
/** The first Node that better-sqlite3 13 runs on. */
const NODE_OF_13 = 22

const CURE =
  NODE_MAJOR < NODE_OF_13
    ? 'This is Node 20: run npm ci --prefix dist/server (needs python3, make and a C++ compiler; in the ' +
      'project itself npm start does it), or use Node 22 or newer.'
    : 'Run npm ci, without --omit=optional.'

const driverError = (fault: string) => new SetupError(`The SQLite driver ${fault}. ${CURE}`)

/** @returns what is wrong with that version of better-sqlite3 on this Node; null when nothing is. */
function findFault(version: string): string | null {
  const newest = NODE_MAJOR < NODE_OF_13 ? 12 : 13
  const major = Number.parseInt(version)
  if (major === 12 || major === newest) return null
  return `better-sqlite3 ${version} does not fit Node ${process.versions.node}, which takes version ${newest}`
}

function installedVersion(): string {
  try {
    return (requireFromHere('better-sqlite3/package.json') as { version: string }).version
  } catch {
    throw driverError('better-sqlite3 is not installed')
  }
}

/** @throws SetupError that says what to install. */
export function loadDriver(): typeof Database {
  const fault = findFault(installedVersion())
  if (fault !== null) throw driverError(fault)
  const Driver = requireFromHere('better-sqlite3') as typeof Database
  try {
    // Only opening a database loads the native code.
    new Driver(':memory:').close()
    return Driver
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    throw driverError(`better-sqlite3 can't be loaded (${reason})`)
  }
}
