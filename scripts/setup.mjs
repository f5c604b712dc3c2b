/**
 * Prepares a fresh clone: installs the packages when they are missing, or when package-lock.json
 * lists other versions. Writes to stderr, because stdout belongs to the command and may be piped.
 */
import { spawn } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  findNodeFault,
  isLockfileInstalled,
  loadsSqlite12,
  NEEDS_SQLITE_12,
  ROOT,
  SQLITE_FOR_NODE_20,
} from './lib/installation.mjs'

const PROGRESS_EVERY_MS = 5000

function fail(message) {
  console.error(message)
  process.exit(1)
}

/** @param folder has a package.json and a lockfile. @returns the exit code. */
function runNpmCi(folder) {
  const npmCli = process.env.npm_execpath
  // The .npmrc of each folder decides; otherwise npm would pass on the value of the first folder.
  const scripts = `--ignore-scripts=${folder === ROOT}`
  const [command, args] = npmCli ? [process.execPath, [npmCli]] : ['npm', []]
  const child = spawn(
    command,
    [...args, 'ci', scripts, '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: folder,
      stdio: ['ignore', process.stderr, process.stderr],
      // A parent `npm start --production` must not skip the dev tools.
      env: { ...process.env, NODE_ENV: 'development' },
      // On Windows npm is a batch file, which only a shell runs.
      shell: !npmCli && process.platform === 'win32',
    },
  )
  return new Promise((resolve) => child.on('close', resolve).on('error', () => resolve(1)))
}

/** Reports the progress regularly, so that nobody takes it for stuck. */
async function install(folder, { doing, failure }) {
  const startedAt = Date.now()
  const seconds = () => Math.round((Date.now() - startedAt) / 1000)
  console.error(doing)
  const tick = setInterval(() => {
    console.error(`  … still installing, ${seconds()} s`)
  }, PROGRESS_EVERY_MS)
  const code = await runNpmCi(folder)
  clearInterval(tick)
  if (code !== 0) fail(failure)
  console.error(`Installed in ${seconds()} s.`)
}

/** npm skips better-sqlite3 13, which Node 20 can't run: install version 12 in its place. */
async function installSqlite12() {
  if (!loadsSqlite12(SQLITE_FOR_NODE_20)) {
    await install(SQLITE_FOR_NODE_20, {
      doing:
        'Compiling SQLite for Node 20, once: this takes 1-3 minutes (Node 22 or newer needs none of it).',
      failure:
        'SQLite could not be compiled: see the message above. Use Node 22 or newer, or install a C++ ' +
        'compiler (Debian: apt-get install -y python3 make g++; macOS: xcode-select --install).',
    })
  }
  const compiled = join(SQLITE_FOR_NODE_20, 'node_modules')
  const place = join(ROOT, 'node_modules/better-sqlite3')
  rmSync(place, { recursive: true, force: true })
  cpSync(join(compiled, 'better-sqlite3'), place, { recursive: true })
  // Together with its run-time dependencies.
  for (const name of ['bindings', 'file-uri-to-path'])
    cpSync(join(compiled, name), join(place, 'node_modules', name), { recursive: true })
}

const nodeFault = findNodeFault()
if (nodeFault !== null) fail(nodeFault)
if (!isLockfileInstalled()) {
  await install(ROOT, {
    doing: 'Installing packages (npm ci).',
    failure:
      'npm ci failed: see its message above. Usual cause: no network, or no registry at the address that ' +
      'npm config get registry prints.',
  })
}
if (NEEDS_SQLITE_12 && !loadsSqlite12(ROOT)) await installSqlite12()
