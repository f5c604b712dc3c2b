/** Sends a burst of load from another process, and measures the CPU time of the server. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Measured } from './processes'

const run = promisify(execFile)
const LOAD = join(__dirname, 'burst.mjs')

export type Kind = 'login' | 'me'

export interface Burst {
  kind: Kind
  /** Requests that are under way at once. */
  connections: number
  seconds: number
}

export interface Outcome {
  perSecond: number
  p50Ms: number
  p99Ms: number
  /** Processor time of the server for one request, in µs; null where there is no /proc. */
  cpuUs: number | null
}

interface LoadReport extends Omit<Outcome, 'cpuUs'> {
  answered: number
  failed: number
}

let bursts = 0

/** @throws Error when a request failed, since refusing is faster than serving. */
export async function load(server: Measured, burst: Burst, tokens: string[]): Promise<Outcome> {
  const before = server.cpuMs()
  const args = { url: server.url, ...burst, tokens, run: `b${process.pid}-${bursts++}` }
  const { stdout } = await run(process.execPath, [LOAD, JSON.stringify(args)], {
    maxBuffer: 1 << 20,
  })
  const after = server.cpuMs()
  const { answered, failed, ...outcome } = JSON.parse(stdout) as LoadReport
  if (failed > 0 || answered === 0) {
    throw new Error(`${failed} of ${answered + failed} requests to ${server.url} failed.`)
  }
  const cpuUs = before === null || after === null ? null : ((after - before) * 1000) / answered
  return { ...outcome, cpuUs }
}

/** As a client would get them. */
export async function logIn(server: Measured, count: number): Promise<string[]> {
  const logins = Array.from({ length: count }, async (_, index) => {
    const answer = await fetch(`${server.url}/v1/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code: `t${process.pid}-${bursts++}-${index}` }),
    })
    if (!answer.ok) throw new Error(`A login at ${server.url} was answered ${answer.status}.`)
    return ((await answer.json()) as { token: string }).token
  })
  return Promise.all(logins)
}
