/** Runs a framework's build beside the preview: installs its packages and starts its watch mode. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { installTools } from '../../lib/tool-packages'
import { UserError } from '../../lib/user-error'

const ON_WINDOWS = process.platform === 'win32'
const BUILD_WITHIN_MS = 600_000
const LOOK_AGAIN_MS = 200
/** The exit code that a shell reports after Ctrl-C. */
const EXIT_INTERRUPTED = 130

/** Stops npm and its child processes, which may have exited already. */
function endGroup(child: ChildProcess): void {
  if (ON_WINDOWS || child.pid === undefined) child.kill()
  else if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGTERM')
}

/**
 * Installs missing packages in `folder`, runs its `npm run dev`, and resolves once `output`
 * contains the mini-program. The build keeps running until this process ends.
 *
 * @throws UserError when it fails or takes more than ten minutes.
 */
export async function buildAndWatch(folder: string, output: string): Promise<void> {
  await installTools(folder, 'the framework (about 300 MB)')
  rmSync(output, { recursive: true, force: true })
  console.log('… building the mini-program (npm run dev)')
  const child = spawn('npm', ['run', 'dev'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    // On Windows npm is a shell script.
    shell: ON_WINDOWS,
    // Its own process group, because npm exits without stopping the framework's process.
    detached: !ON_WINDOWS,
  })
  process.once('exit', () => {
    endGroup(child)
  })
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => console.log(`dev │ ${line}`))
  // Until the stack has installed its own signal handlers, a signal must still reach the handler
  // above.
  process.on('SIGINT', leave).on('SIGTERM', leave)
  await untilBuilt(child, output)
  process.off('SIGINT', leave).off('SIGTERM', leave)
}

function leave(): never {
  process.exit(EXIT_INTERRUPTED)
}

async function untilBuilt(child: ChildProcess, output: string): Promise<void> {
  const giveUpAt = Date.now() + BUILD_WITHIN_MS
  while (!existsSync(join(output, 'app.json'))) {
    if (child.exitCode !== null || Date.now() > giveUpAt)
      throw new UserError('The mini-program was not built: see the lines of npm run dev above.')
    await delay(LOOK_AGAIN_MS)
  }
}
