/** The options of a run: what it measures, and for how long. */
import { parseArgs } from 'node:util'
import type { Scenario } from './rounds'

export interface Options {
  quick: boolean
  /** Runs only the comparison of databases as they grow, or of several processes. */
  only?: 'engines' | 'shared'
  rounds: number
  /** Duration of one burst. */
  seconds: number
  /**
   * Warm-up: requests of each kind per server before the rounds, so that the JIT has compiled the
   * hot code.
   */
  warmUpRequests: number
  /** The number of peers, the fastest first. */
  peers: number
  scenarios: Scenario[]
  /** Database sizes at which growth is measured; the first is the reference. */
  populations: number[]
  startRounds: number
}

const at = (connections: number, upstreamDelayMs: number): Scenario => ({
  title: `login, ${connections} at once, WeChat ${upstreamDelayMs} ms`,
  kind: 'login',
  connections,
  upstreamDelayMs,
})

const ME: Scenario = {
  title: 'GET /v1/me, 32 at once',
  kind: 'me',
  connections: 32,
  upstreamDelayMs: 0,
}

const FULL: Options = {
  quick: false,
  rounds: 5,
  seconds: 1,
  warmUpRequests: 8000,
  peers: Infinity,
  scenarios: [at(32, 0), at(256, 0), ME, at(1, 0), at(1, 50), at(32, 50), at(256, 50)],
  populations: [1000, 1_000_000, 5_000_000],
  startRounds: 9,
}

/** Under a minute: shows whether a change made the server slower, but not by how much. */
const QUICK: Options = {
  quick: true,
  rounds: 3,
  seconds: 0.5,
  warmUpRequests: 1000,
  peers: 1,
  scenarios: [at(32, 0), ME],
  populations: [],
  startRounds: 3,
}

const ENGINE_POPULATIONS = [100_000, 1_000_000, 5_000_000]

/** @throws TypeError that names an unknown option. */
export function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      engines: { type: 'boolean', default: false },
      shared: { type: 'boolean', default: false },
      users: { type: 'string' },
    },
  })
  const base = values.quick ? QUICK : FULL
  if (values.shared) return { ...base, only: 'shared' }
  if (!values.engines) return base
  const populations = values.users?.split(',').map(Number) ?? ENGINE_POPULATIONS
  if (!populations.every((users) => Number.isInteger(users) && users > 0)) {
    throw new TypeError('--users must be numbers such as 100000,1000000')
  }
  return { ...base, only: 'engines', populations }
}
