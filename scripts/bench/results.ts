/** The results of a run, as written to the JSON file and used for table, chart and page. */
import type { Population } from './growth'
import type { Row, Scenario } from './rounds'
import { BARE_GUARDED, FASTIFY_GUARDED, OURS, PROXY, STATIC, USUAL_GUARDED } from './targets'

export interface Measured {
  scenario: Scenario
  rows: Row[]
}

export interface Results {
  machine: string
  node: string
  commit: string
  /** The date in ISO 8601. */
  date: string
  quick: boolean
  rounds: number
  measured: Measured[]
  memory: { startMb: number; peakMb: number } | null
  start: { oursMs: number; bareMs: number }
  growth: Population[]
}

export const floorOf = ({ scenario }: Measured): string => (scenario.kind === 'me' ? STATIC : PROXY)

/** A figure relative to the same figure of the baseline. */
export function shareOf(
  measured: Measured,
  name: string,
  pick: (row: Row) => number = ({ perSecond }) => perSecond,
): number {
  const floor = measured.rows.find((row) => row.name === floorOf(measured))
  const row = measured.rows.find((candidate) => candidate.name === name)
  return floor === undefined || row === undefined ? NaN : pick(row) / pick(floor)
}

export interface Goal {
  what: string
  goal: string
  found: string
  isMet: boolean
}

const two = (value: number): string => value.toFixed(2)

/** Only against peers that were measured: a quick run leaves some out. */
function against(measured: Measured, peer: string, least: number): Goal[] {
  const found = shareOf(measured, OURS) / shareOf(measured, peer)
  if (Number.isNaN(found)) return []
  const what = `${measured.scenario.title}: of ${peer}`
  return [{ what, goal: `≥ ${two(least)}`, found: two(found), isMet: found >= least }]
}

function p99Goal(measured: Measured): Goal[] {
  const p99 = shareOf(measured, OURS, ({ p99Ms }) => p99Ms)
  const what = `${measured.scenario.title}: p99, of the floor's`
  return [{ what, goal: '≤ 2.2', found: two(p99), isMet: p99 <= 2.2 }]
}

function meGoals(measured: Measured): Goal[] {
  const apart = [OURS, BARE_GUARDED, floorOf(measured)]
  const others = measured.rows.filter(({ name }) => !apart.includes(name))
  return [
    ...against(measured, BARE_GUARDED, 0.9),
    ...others.flatMap(({ name }) => against(measured, name, 1)),
  ]
}

function throughputGoals(measured: Measured): Goal[] {
  const { kind, connections, upstreamDelayMs, title } = measured.scenario
  if (kind === 'me') return meGoals(measured)
  if (upstreamDelayMs > 0) {
    if (connections !== 32) return []
    const share = shareOf(measured, OURS)
    return [{ what: title, goal: '≥ 0.95', found: two(share), isMet: share >= 0.95 }]
  }
  if (connections === 1) return []
  return [
    ...against(measured, BARE_GUARDED, connections === 32 ? 0.9 : 0.8),
    ...against(measured, FASTIFY_GUARDED, 1),
    ...against(measured, USUAL_GUARDED, 2),
    ...(connections === 256 ? p99Goal(measured) : []),
  ]
}

function growthGoals([smallest, ...larger]: Population[]): Goal[] {
  if (smallest === undefined) return []
  return larger.flatMap((population) => {
    const users = `${population.users.toLocaleString('en')} users`
    const ratio = (what: string, now: number | null, then: number | null): Goal[] => {
      if (now === null || then === null) return []
      const found = now / then
      return [{ what: `${users}: ${what}`, goal: '≤ 1.30', found: two(found), isMet: found <= 1.3 }]
    }
    const { readyShare } = population
    const goal = { goal: '≤ 6', found: two(readyShare), isMet: readyShare <= 6 }
    return [
      ...ratio('CPU of a login', population.loginCpuUs, smallest.loginCpuUs),
      ...ratio('CPU of GET /v1/me', population.meCpuUs, smallest.meCpuUs),
      { what: `${users}: ready after start`, ...goal },
    ]
  })
}

/** The project's targets and the measured values. */
export function judge({ measured, memory, start, growth }: Results): Goal[] {
  const ready = start.oursMs / start.bareMs
  const memoryGoal = (what: string, found: number, limit: number): Goal => ({
    what,
    goal: `≤ ${limit} MB`,
    found: `${found.toFixed(0)} MB`,
    isMet: found <= limit,
  })
  return [
    ...measured.flatMap(throughputGoals),
    ...(memory === null
      ? []
      : [
          memoryGoal('memory at start', memory.startMb, 90),
          memoryGoal('memory at its peak', memory.peakMb, 175),
        ]),
    { what: 'ready after start', goal: '≤ 3', found: two(ready), isMet: ready <= 3 },
    ...growthGoals(growth),
  ]
}
