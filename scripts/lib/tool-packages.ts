/**
 * Installs large tools on first use, each from its own package.json, so that npm start need not
 * wait.
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { codeOf, unwritable, UserError } from './user-error'

const REPORT_EVERY_MS = 5000
const LOOK_AGAIN_MS = 500
/** A lock is empty only until its process has written itself into it, or for ever on a full disk. */
const WRITTEN_WITHIN_MS = 2000

/** Runs a command and reports progress; the command's own output is shown only when it fails. */
export async function runQuietly(
  what: string,
  command: string,
  args: string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  const startedAt = Date.now()
  const tick = setInterval(() => {
    console.log(`  … ${what}, ${Math.round((Date.now() - startedAt) / 1000)} s`)
  }, REPORT_EVERY_MS)
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const chatter: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => chatter.push(chunk))
  }
  const code = await new Promise<number>((resolve) => {
    child.on('error', () => resolve(1)).on('close', (exit) => resolve(exit ?? 1))
  })
  clearInterval(tick)
  if (code !== 0) process.stderr.write(Buffer.concat(chatter))
  return code
}

interface Lockfile {
  packages: Record<string, { version?: string; optional?: boolean; devOptional?: boolean }>
}

const readLockfile = (file: string): Lockfile['packages'] =>
  (JSON.parse(readFileSync(file, 'utf8')) as Lockfile).packages

/** npm's own record in node_modules names the same versions; optional packages may be left out. */
function isInstalled(dir: string): boolean {
  const record = join(dir, 'node_modules/.package-lock.json')
  const lockfile = join(dir, 'package-lock.json')
  if (!existsSync(record) || !existsSync(lockfile)) return existsSync(record)
  const installed = readLockfile(record)
  return Object.entries(readLockfile(lockfile))
    .filter(([path]) => path.startsWith('node_modules/'))
    .every(([path, { version, optional = false, devOptional = false }]) => {
      const found = installed[path]
      return found === undefined ? optional || devOptional : found.version === version
    })
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // EPERM: it lives, and belongs to another user.
    return codeOf(error) === 'EPERM'
  }
}

/** @throws UserError when the lock can't be written. */
function takeLock(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw unwritable(file, error)
  }
}

/** @returns the process that holds the lock; null for one that is released or left behind, which goes. */
function findHolder(file: string): number | null {
  if (!existsSync(file)) return null
  const holder = Number(readFileSync(file, 'utf8'))
  const isNew = Date.now() - statSync(file).mtimeMs < WRITTEN_WITHIN_MS
  if (holder === 0 ? isNew : isAlive(holder)) return holder
  rmSync(file, { force: true })
  return null
}

async function waitForHolder(file: string): Promise<void> {
  const holder = findHolder(file)
  if (holder === null) return
  if (holder !== 0) console.log(`Waiting for another installation (process ${holder}).`)
  while (findHolder(file) === holder) await delay(LOOK_AGAIN_MS)
}

/**
 * Installs once, also when two commands want the same tools at once: the second waits for the first.
 * @param dir holds package.json and package-lock.json. @param what is installed, and how much it is.
 * @throws UserError when npm fails, or the folder can't be written.
 */
export async function installTools(dir: string, what: string): Promise<void> {
  const lock = join(dir, '.installing')
  while (!isInstalled(dir)) {
    if (!takeLock(lock)) await waitForHolder(lock)
    else {
      try {
        // Another process may have installed between the question and the lock.
        if (!isInstalled(dir)) await install(dir, what)
        return
      } finally {
        rmSync(lock, { force: true })
      }
    }
  }
}

async function install(dir: string, what: string): Promise<void> {
  console.log(`Installing ${what}, once.`)
  const npmCli = process.env['npm_execpath']
  const [command, args] = npmCli === undefined ? ['npm', []] : [process.execPath, [npmCli]]
  const flags = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  if ((await runQuietly('installing', command, [...args, ...flags], dir)) !== 0) {
    throw new UserError(
      `The packages of ${dir} could not be installed: see the message above. Check network and registry, and run it again.`,
    )
  }
}
