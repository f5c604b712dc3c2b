/**
 * A copy of the project in its own folder, where the commands of the pages run as a reader would
 * type them. The system picks the ports; the pages' addresses are replaced by the ones that the
 * servers print. No process is left running.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { copyProject } from '../support/project-copy'
import { makeTempDir } from '../support/temp-dir'

const END_WITHIN_MS = 20_000

/** The address in the pages, and the output line that announces the real one. */
const ANNOUNCED: readonly (readonly [port: string, line: RegExp])[] = [
  ['7800', /WeChat(?: sandbox:)?\s+http:\/\/127\.0\.0\.1:(\d+)/],
  ['7801', /(?:preview|Preview of .*:)\s+http:\/\/127\.0\.0\.1:(\d+)/],
  ['3000', /(?:BFF\s+|listening on )http:\/\/127\.0\.0\.1:(\d+)/],
  ['9464', /metrics on http:\/\/127\.0\.0\.1:(\d+)/],
]

const announcedIn = (output: string): [port: string, announced: string][] =>
  ANNOUNCED.flatMap(([port, line]): [string, string][] => {
    const announced = line.exec(output)?.[1]
    return announced === undefined ? [] : [[port, announced]]
  })

export interface Finished {
  code: number
  /** stdout and stderr as they came. */
  output: string
}

export interface Running {
  output(): string
  /** The real address of the port in the pages. */
  address(port: string): string
  /** Resolves when the output contains it; rejects when the command exits before. */
  shows(pattern: RegExp): Promise<void>
  /**
   * Sends Ctrl-C to the whole process group, as a terminal does. Rejects when a process survives.
   */
  interrupt(): Promise<void>
}

interface Shell {
  child: ChildProcess
  output: () => string
  finished: Promise<Finished>
}

export function createPlayground() {
  const dir = makeTempDir()
  const copies = new Map([['project', copyProject()]])
  const project = copies.get('project')?.path ?? ''
  /** Port in the pages → real port. */
  const ports = new Map<string, string>()
  const running = new Set<Shell>()

  function rewrite(command: string): string {
    const portless = command.replace(/\b([A-Z_]*PORT)=\d+/g, '$1=0')
    return portless.replace(/127\.0\.0\.1:(\d+)/g, (address, port: string) =>
      address.replace(port, ports.get(port) ?? port),
    )
  }

  function start(command: string, { cwd = project, env = {} }: Where = {}): Shell {
    const { PATH, HOME, TMPDIR } = process.env
    const free = { PORT: '0', SANDBOX_PORT: '0', PREVIEW_PORT: '0' }
    const child = spawn('bash', ['-euo', 'pipefail', '-c', rewrite(command)], {
      cwd,
      env: { PATH, HOME, TMPDIR, ...free, ...env },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    }
    const shell: Shell = {
      child,
      output: () => output,
      finished: new Promise((resolve) => {
        child.on('close', (code) => {
          running.delete(shell)
          resolve({ code: code ?? 1, output })
        })
      }),
    }
    running.add(shell)
    return shell
  }

  /** To each process that the command started, as a terminal does. */
  const signal = ({ child }: Shell, name: NodeJS.Signals): void => {
    if (child.pid === undefined || child.exitCode !== null) return
    process.kill(-child.pid, name)
  }

  function shows(shell: Shell, pattern: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (pattern.test(shell.output())) resolve()
      }
      shell.child.stdout?.on('data', look)
      shell.child.stderr?.on('data', look)
      look()
      void shell.finished.then(({ code, output }) => {
        reject(new Error(`It ended with ${code} and never showed ${String(pattern)}:\n${output}`))
      })
    })
  }

  return {
    /** The folder that contains 本项目 and 你的项目. */
    outside: dir.path,
    project,
    /** Another, named copy, for commands that would change the first one. */
    another(name: string): string {
      const copy = copies.get(name) ?? copyProject()
      copies.set(name, copy)
      return copy.path
    },
    run: (command: string, where?: Where): Promise<Finished> => start(command, where).finished,
    /** From now on, maps the pages' ports to this server. */
    adopt(server: Running): void {
      for (const [port, announced] of announcedIn(server.output())) ports.set(port, announced)
    },
    serve(command: string, where?: Where): Running {
      const shell = start(command, where)
      return {
        output: shell.output,
        address: (port) =>
          `http://127.0.0.1:${new Map(announcedIn(shell.output())).get(port) ?? '?'}`,
        shows: (pattern) => shows(shell, pattern),
        async interrupt() {
          signal(shell, 'SIGINT')
          // Waits for every process that holds the pipes, not only for the first.
          const late = delay(END_WITHIN_MS, 'late', { ref: false })
          if ((await Promise.race([shell.finished, late])) !== 'late') return
          throw new Error(`Ctrl-C did not end ${command}:\n${shell.output()}`)
        },
      }
    },
    address: (port: string): string => `http://127.0.0.1:${ports.get(port) ?? port}`,
    async remove(): Promise<void> {
      const all = [...running]
      for (const shell of all) signal(shell, 'SIGKILL')
      await Promise.all(all.map(({ finished }) => finished))
      for (const copy of copies.values()) copy.remove()
      dir.remove()
    },
  }
}

export interface Where {
  cwd?: string
  env?: Record<string, string>
}

export type Playground = ReturnType<typeof createPlayground>
