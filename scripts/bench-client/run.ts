/** One run: every candidate counted once, then timed in turn, so that a busy moment meets them all. */
import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import { bundleSource, ROOT } from './bundle'
import { readFakes } from './fake'
import {
  countBurst,
  countStart,
  median,
  timeLoad,
  timeRequests,
  type Burst,
  type Start,
} from './measure'
import { weighPackage, type PackageSize } from './package-size'
import { prepare, type Candidate, type Subject } from './subjects'

export interface Plan {
  rounds: number
  /** Requests of each candidate in a round. */
  requests: number
}

export interface Row {
  name: string
  minifiedBytes: number
  gzippedBytes: number
  burst: Burst
  start: Start
  /** CPU microseconds; what a request costs beyond bare wx.request is `overhead`. */
  cpuPerRequest: number
  overhead: number
  loadMicroseconds: number
}

export interface Result {
  machine: string
  node: string
  date: string
  /** The last commit that changed auth/. */
  commit: string
  plan: Plan
  rows: Row[]
  /** auth/ without the sentences of userMessage and developerHint. */
  wordless: { minifiedBytes: number; gzippedBytes: number }
  package: PackageSize
}

type Say = (line: string) => void

const WORDLESS = "export { createAuth, isAuthError } from '../../miniprogram/auth/index'"

interface Times {
  cpu: number[]
  load: number[]
}

async function timeInTurn(
  candidates: readonly Candidate[],
  plan: Plan,
  say: Say,
): Promise<Map<string, Times>> {
  const createWorld = await readFakes()
  const times = new Map<string, Times>()
  for (const { name } of candidates) times.set(name, { cpu: [], load: [] })
  // Round 0 warms up and is not kept.
  for (let round = 0; round <= plan.rounds; round += 1) {
    for (const candidate of candidates) {
      const load = timeLoad(candidate, createWorld(), round)
      const cpu = await timeRequests(candidate, createWorld(), plan.requests)
      if (round === 0) continue
      times.get(candidate.name)?.cpu.push(cpu)
      times.get(candidate.name)?.load.push(load)
    }
    say(`  round ${round} of ${plan.rounds}`)
  }
  return times
}

/** @param subjects one of them is bare wx.request, the floor of all. */
export async function runBenchmark(
  subjects: readonly Subject[],
  plan: Plan,
  say: Say,
): Promise<Result> {
  say('bundling')
  const candidates = await Promise.all(subjects.map(prepare))
  const createWorld = await readFakes()
  const times = await timeInTurn(candidates, plan, say)
  const cpuOf = (name: string): number => median(times.get(name)?.cpu ?? [])
  const rows: Row[] = []
  for (const candidate of candidates) {
    const { name, bundle } = candidate
    rows.push({
      name,
      minifiedBytes: bundle.minifiedBytes,
      gzippedBytes: bundle.gzippedBytes,
      burst: await countBurst(candidate, createWorld()),
      start: await countStart(candidate, createWorld),
      cpuPerRequest: cpuOf(name),
      overhead: cpuOf(name) - cpuOf('wx.request'),
      loadMicroseconds: median(times.get(name)?.load ?? []),
    })
  }
  const { minifiedBytes, gzippedBytes } = await bundleSource(WORDLESS)
  const wordless = { minifiedBytes, gzippedBytes }
  return { ...describeRun(), plan, rows, wordless, package: weighPackage() }
}

function describeRun() {
  const processors = cpus()
  const lastChange = ['log', '-1', '--format=%h', '--', 'miniprogram/auth']
  return {
    machine: `${processors.length} × ${processors[0]?.model ?? 'unknown'}`,
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
    commit: execFileSync('git', lastChange, { cwd: ROOT, encoding: 'utf8' }).trim(),
  }
}
