/**
 * Makes a fresh clone ready: checks Node, and installs the packages when they are missing or when
 * package-lock.json names other versions. Runs before anything is installed, so it imports only Node.
 * What it says goes to stderr: stdout is the command's own, which somebody may pipe on.
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
/** better-sqlite3 12 and the lint tools start here. */
const MIN_NODE = [20, 19]
const PROGRESS_EVERY_MS = 5000

function assertNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1])) return
  console.error(
    `Node.js ${MIN_NODE.join('.')} or newer is needed; this is ${process.versions.node}. ` +
      'Install a current LTS release from https://nodejs.org and run the command again.',
  )
  process.exit(1)
}

/** Every package of the lockfile that this platform needs is there in its version. */
function isLockfileInstalled() {
  const installedFile = join(ROOT, 'node_modules', '.package-lock.json')
  if (!existsSync(installedFile)) return false
  const wanted = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages
  const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' || optional === true || installed[path]?.version === version,
  )
}

/** A native module that was built for another major version of Node does not load. */
function doesNativeCodeLoad() {
  try {
    const Database = createRequire(import.meta.url)('better-sqlite3')
    new Database(':memory:').close()
    return true
  } catch {
    return false
  }
}

function runNpmCi() {
  const npmCli = process.env.npm_execpath
  const [command, args] = npmCli ? [process.execPath, [npmCli, 'ci']] : ['npm', ['ci']]
  return spawn(command, [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: ROOT,
    stdio: ['ignore', process.stderr, process.stderr],
    // A parent `npm start --production` must not leave the tools out.
    env: { ...process.env, NODE_ENV: 'development' },
    shell: !npmCli && process.platform === 'win32',
  })
}

async function install() {
  const startedAt = Date.now()
  console.error(
    'Installing packages (npm ci). SQLite is compiled here, so the first time takes 1-3 minutes.',
  )
  const child = runNpmCi()
  const tick = setInterval(() => {
    console.error(`  … still installing, ${Math.round((Date.now() - startedAt) / 1000)} s`)
  }, PROGRESS_EVERY_MS)
  const code = await new Promise((resolve) =>
    child.on('close', resolve).on('error', () => resolve(1)),
  )
  clearInterval(tick)
  if (code !== 0) {
    console.error(
      'npm ci failed: see its message above. Usual causes: no network or registry, or no C++ compiler ' +
        'for better-sqlite3 (Debian: apt-get install -y python3 make g++; macOS: xcode-select --install).',
    )
    process.exit(1)
  }
  console.error(`Packages installed in ${Math.round((Date.now() - startedAt) / 1000)} s.`)
}

assertNode()
if (!isLockfileInstalled() || !doesNativeCodeLoad()) await install()
