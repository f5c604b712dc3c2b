/**
 * A copy of the project in a folder of its own, where the commands of the pages are run as a person would
 * type them. Ports are chosen by the system; the addresses that the pages name are replaced by those that
 * the servers announce. Nothing is left running.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { copyProject } from '../support/project-copy'
import { makeTempDir } from '../support/temp-dir'

const END_WITHIN_MS = 20_000

/** The address as the pages write it, and the line that announces it. */
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
  /** Where it serves what the pages say is at this port. */
  address(port: string): string
  /** Resolves when the output has it; rejects when the command ends without. */
  shows(pattern: RegExp): Promise<void>
  /** Ctrl-C, as a terminal sends it: to the whole group. Rejects when something lives on. */
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
  /** Port in the pages → port that was announced. */
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
    /** Where 本项目 and 你的项目 lie side by side. */
    outside: dir.path,
    project,
    /** Another copy under a name, for what would change the first. */
    another(name: string): string {
      const copy = copies.get(name) ?? copyProject()
      copies.set(name, copy)
      return copy.path
    },
    run: (command: string, where?: Where): Promise<Finished> => start(command, where).finished,
    /** From now on, what the pages say is at these ports is there. */
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
