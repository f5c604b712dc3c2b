/** Sends a burst of load from another process and measures the CPU time of the server. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Measured } from './processes'

const run = promisify(execFile)
const LOAD = join(__dirname, 'burst.mjs')

export type Kind = 'login' | 'me'

export interface Burst {
  kind: Kind
  /** Concurrent requests. */
  connections: number
  seconds: number
}

export interface Outcome {
  perSecond: number
  p50Ms: number
  p99Ms: number
  /** CPU time of the server per request, in µs; null without /proc. */
  cpuUs: number | null
}

interface LoadReport extends Omit<Outcome, 'cpuUs'> {
  answered: number
  failed: number
}

let bursts = 0

const TRIES = 5
const PAUSE_MS = 2000

/**
 * On a busy machine a burst may get no answer at all, or the database may reject some requests:
 * such a burst is repeated.
 * @throws Error when requests fail in every attempt, because refusing is faster than serving and
 * would distort the result.
 */
export async function load(server: Measured, burst: Burst, tokens: string[]): Promise<Outcome> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await loadOnce(server, burst, tokens)
    } catch (error) {
      if (tries === TRIES) throw error
      await delay(PAUSE_MS)
    }
  }
}

/** @throws Error when a request failed or none was answered. */
async function loadOnce(server: Measured, burst: Burst, tokens: string[]): Promise<Outcome> {
  const before = server.cpuMs()
  const args = { url: server.url, ...burst, tokens, run: `b${process.pid}-${bursts++}` }
  const { stdout } = await run(process.execPath, [LOAD, JSON.stringify(args)], {
    maxBuffer: 1 << 20,
  })
  const after = server.cpuMs()
  const { answered, failed, ...outcome } = JSON.parse(stdout) as LoadReport
  if (failed > 0) throw new Error(`${failed} of ${answered} requests to ${server.url} failed.`)
  if (answered === 0) throw new Error(`${server.url} answered nothing within ${burst.seconds} s.`)
  const cpuUs = before === null || after === null ? null : ((after - before) * 1000) / answered
  return { ...outcome, cpuUs }
}

/** Retries on 503, which the server answers when the database is overloaded, as a client would. */
async function logInOnce(url: string): Promise<string> {
  for (let tries = 1; ; tries += 1) {
    const answer = await fetch(`${url}/v1/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code: `t${process.pid}-${bursts++}` }),
    })
    if (answer.ok) return ((await answer.json()) as { token: string }).token
    if (answer.status !== 503 || tries === TRIES) {
      throw new Error(`A login at ${url} was answered ${answer.status}.`)
    }
    await delay(PAUSE_MS)
  }
}

/** Gets tokens by logging in, as a client would. */
export const logIn = ({ url }: Measured, count: number): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, () => logInOnce(url)))
