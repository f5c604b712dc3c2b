/** Installs large tools on first use, each from a package.json of its own, so that npm start need not wait. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { UserError } from './user-error'

const REPORT_EVERY_MS = 5000
const LOOK_AGAIN_MS = 500

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

const isInstalled = (dir: string): boolean =>
  existsSync(join(dir, 'node_modules/.package-lock.json'))

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** @returns whether this process holds the lock now; the lock of a process that has died is removed. */
function takeLock(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch {
    const holder = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
    // 0: released, or not yet written.
    if (holder !== 0 && !isAlive(holder)) rmSync(file, { force: true })
    return false
  }
}

/**
 * Installs once, also when two commands want the same tools at once: the second waits for the first.
 * @param dir holds package.json and package-lock.json. @param what is installed, and how much it is.
 * @throws UserError when npm fails.
 */
export async function installTools(dir: string, what: string): Promise<void> {
  const lock = join(dir, '.installing')
  while (!isInstalled(dir)) {
    if (takeLock(lock)) {
      try {
        if (!isInstalled(dir)) await install(dir, what)
      } finally {
        rmSync(lock, { force: true })
      }
    } else await delay(LOOK_AGAIN_MS)
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
