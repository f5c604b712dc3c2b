/** A user who is already signed in and keeps using the service, whatever happens to others. */
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { ask } from './site'

const ASK_EVERY_MS = 50

export interface Resident {
  /** Stops the requests. @returns the status and time of each answer. */
  stop(): Promise<{ statuses: number[]; durationsMs: number[] }>
}

/** Sends GET /v1/me repeatedly. */
export function startResident(url: string, token: string): Resident {
  const life = { isOver: false }
  const statuses: number[] = []
  const durationsMs: number[] = []
  const live = async (): Promise<void> => {
    while (!life.isOver) {
      const { status, durationMs } = await ask(`${url}/v1/me`, { token })
      statuses.push(status)
      durationsMs.push(durationMs)
      await delay(ASK_EVERY_MS)
    }
  }
  const living = live()
  return {
    async stop() {
      life.isOver = true
      await living
      return { statuses, durationsMs }
    },
  }
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Infinity

function readMegabytes(pid: number, field: string): number | null {
  if (process.platform !== 'linux') return null
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024
}

/** The peak memory of a process; null if the system doesn't report it. */
export const peakMegabytes = (pid: number) => readMegabytes(pid, 'VmHWM')

/** Its current memory. */
export const heldMegabytes = (pid: number) => readMegabytes(pid, 'VmRSS')
