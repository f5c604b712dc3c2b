/**
 * Checks whether the packages are installed. Runs before any installation, so it imports only Node.
 * SQLite is special: better-sqlite3 13 from the lockfile needs Node 22; for Node 20 there is
 * version 12 from scripts/sqlite-node20, which is compiled there and copied into node_modules.
 */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..')
export const SQLITE_FOR_NODE_20 = join(ROOT, 'scripts/sqlite-node20')
const IS_NODE_20 = process.versions.node.startsWith('20.')
/** Also false in a project without a database. */
export const NEEDS_SQLITE_12 = IS_NODE_20 && existsSync(SQLITE_FOR_NODE_20)
/** jest and the lint tools start with Node 20. */
const MIN_NODE = [20, 19]

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'))

const versionIn = (folder) => {
  const file = join(folder, 'node_modules/better-sqlite3/package.json')
  return existsSync(file) ? readJson(file).version : null
}

/** @returns why this Node is too old and what to do; null when it is new enough. */
export function findNodeFault() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1])) return null
  return (
    `Node.js ${MIN_NODE.join('.')} or newer is needed; this is ${process.versions.node}. ` +
    'Install a current LTS release from https://nodejs.org and run the command again.'
  )
}

/** @param folder has better-sqlite3 12. Native code that another major version of Node compiled does not load. */
export function loadsSqlite12(folder) {
  if (
    versionIn(folder) !==
    readJson(join(SQLITE_FOR_NODE_20, 'package.json')).dependencies['better-sqlite3']
  )
    return false
  try {
    const Database = createRequire(join(folder, 'package.json'))('better-sqlite3')
    new Database(':memory:').close()
    return true
  } catch {
    return false
  }
}

/** Whether every package of the lockfile that this computer needs is installed, in its version. */
export function isLockfileInstalled() {
  const installedFile = join(ROOT, 'node_modules/.package-lock.json')
  if (!existsSync(installedFile)) return false
  const wanted = readJson(join(ROOT, 'package-lock.json')).packages
  const installed = readJson(installedFile).packages
  const sqlite13 = wanted['node_modules/better-sqlite3']
  const hasSqlite13 = sqlite13 === undefined || versionIn(ROOT) === sqlite13.version
  return (
    (IS_NODE_20 || hasSqlite13) &&
    Object.entries(wanted).every(
      ([path, { version, optional }]) =>
        path === '' || optional === true || installed[path]?.version === version,
    )
  )
}

export const isInstalled = () => isLockfileInstalled() && (!NEEDS_SQLITE_12 || loadsSqlite12(ROOT))
