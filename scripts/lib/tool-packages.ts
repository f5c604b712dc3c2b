/** Installs large tools on first use, each from a package.json of its own, so that npm start need not wait. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from './user-error'

const REPORT_EVERY_MS = 5000

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

/** @param dir holds package.json and package-lock.json. @param what is installed, and how much it is. */
export async function installTools(dir: string, what: string): Promise<void> {
  if (existsSync(join(dir, 'node_modules/.package-lock.json'))) return
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
