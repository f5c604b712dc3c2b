/**
 * Alternates the servers by round, A B A B …, so that other load on the machine affects all alike.
 * The median ignores a disturbed round.
 */
import { load } from './load'
import type { Burst, Kind, Outcome } from './load'
import type { Measured } from './processes'

export interface Running {
  name: string
  kinds: Kind[]
  server: Measured
  tokens: string[]
}

export interface Scenario {
  title: string
  kind: Kind
  connections: number
  upstreamDelayMs: number
}

export interface Row extends Outcome {
  name: string
  rounds: Outcome[]
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2
}

function summarise(name: string, rounds: Outcome[]): Row {
  const of = (pick: (outcome: Outcome) => number) => median(rounds.map(pick))
  const isCpuKnown = rounds.every(({ cpuUs }) => cpuUs !== null)
  return {
    name,
    rounds,
    perSecond: of(({ perSecond }) => perSecond),
    p50Ms: of(({ p50Ms }) => p50Ms),
    p99Ms: of(({ p99Ms }) => p99Ms),
    cpuUs: isCpuKnown ? of(({ cpuUs }) => cpuUs ?? NaN) : null,
  }
}

/** @param onRound is called with each figure once it is measured. */
export async function measure(
  scenario: Scenario,
  running: readonly Running[],
  size: { rounds: number; seconds: number },
  onRound: (name: string, round: number, perSecond: number) => void,
): Promise<Row[]> {
  const { kind, connections } = scenario
  const burst: Burst = { kind, connections, seconds: size.seconds }
  const able = running.filter(({ kinds }) => kinds.includes(kind))
  const outcomes = new Map(able.map(({ name }) => [name, [] as Outcome[]]))
  for (let round = 1; round <= size.rounds; round++) {
    for (const { name, server, tokens } of able) {
      const outcome = await load(server, burst, tokens)
      outcomes.get(name)?.push(outcome)
      onRound(name, round, outcome.perSecond)
    }
  }
  return able.map(({ name }) => summarise(name, outcomes.get(name) ?? []))
}
