/** Starts and stops the measured processes and reads their CPU time and memory. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const START_WITHIN_MS = 30_000
/** The clock tick of /proc/PID/stat on every Linux that Node supports. */
const TICK_MS = 10
const MIB = 1024

export interface Measured {
  url: string
  pid: number
  /** CPU time so far, in ms; null without /proc. */
  cpuMs(): number | null
  /** Resident memory in MB, current and peak; null without /proc. */
  memoryMb(): { now: number; peak: number } | null
  stop(): Promise<void>
}

function readProc(pid: number, file: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return null
  }
}

function cpuMs(pid: number): number | null {
  const stat = readProc(pid, 'stat')
  if (stat === null) return null
  // The name in brackets may contain spaces; user and system time are the 12th and 13th field after
  // it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

function memoryMb(pid: number): { now: number; peak: number } | null {
  const status = readProc(pid, 'status')
  if (status === null) return null
  const read = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / MIB
  return { now: read('VmRSS'), peak: read('VmHWM') }
}

export interface Start {
  name: string
  args: string[]
  env: Record<string, string>
}

/**
 * Starts Node on a script that prints `listening on URL`. The rest of its output is read and
 * dropped, as a log collector would do.
 * @throws Error with its last lines when the process exits before that.
 */
export function start({ name, args, env }: Start): Promise<Measured> {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const pid = child.pid ?? 0
  const lines: string[] = []

  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      child.kill('SIGKILL')
      reject(new Error(`${name} ${why}:\n${lines.join('\n')}`))
    }
    const late = setTimeout(() => fail('did not start in time'), START_WITHIN_MS)
    void exited.then(() => {
      clearTimeout(late)
      fail('did not start')
    })
    const onLine = (line: string) => {
      lines.push(line)
      const url = /listening on (http:\/\/[^"\s]+)/.exec(line)?.[1]
      if (url === undefined) return
      clearTimeout(late)
      readers.forEach((reader) => reader.close())
      child.stdout.resume()
      child.stderr.resume()
      resolve({
        url,
        pid,
        cpuMs: () => cpuMs(pid),
        memoryMb: () => memoryMb(pid),
        async stop() {
          child.kill('SIGTERM')
          const late = setTimeout(() => child.kill('SIGKILL'), 2000)
          await exited
          clearTimeout(late)
        },
      })
    }
    const readers = [child.stdout, child.stderr].map((input) =>
      createInterface({ input }).on('line', onLine),
    )
  })
}
