/**
 * `npm run bench`: the speed of the server, relative to bare node:http in the same run. Takes about
 * fifteen minutes; `-- --quick` takes less than a minute, with one peer, and does not change docs/.
 *
 * For docs/scale.md instead: `-- --engines` compares the databases as they grow (`--users 100000`
 * sets the sizes), `-- --shared` measures the cost of sharing state between processes.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { installTools } from '../lib/tool-packages'
import { toSvg } from './chart'
import { measureEngines } from './engines'
import { fillEngines, fillShared, toGrowthSvg, toSharedTable, toTable } from './engines-page'
import { compareStarts, measureGrowth } from './growth'
import { load, logIn } from './load'
import { readOptions } from './options'
import type { Options } from './options'
import { fillTables } from './page'
import { start } from './processes'
import type { Measured as Server } from './processes'
import { toText } from './report'
import type { Results } from './results'
import { measure } from './rounds'
import type { Running } from './rounds'
import { measureShared } from './shared'
import { OURS, targets } from './targets'

const ROOT = join(__dirname, '../..')
const PAGE = join(ROOT, 'docs/performance.md')
const SCALE = join(ROOT, 'docs/scale.md')
const RESULTS = join(ROOT, '.cache/bench.json')
const WARM_UP_CONNECTIONS = 32
const WARM_UP_BURST_SECONDS = 1
const WARM_UP_AT_MOST_MS = 30_000
const TOKENS = 20

const say = (text: string): void => console.log(`  … ${text}`)

function describeMachine(): string {
  const [cpu] = cpus()
  const gib = Math.round(totalmem() / 2 ** 30)
  return `${cpus().length} × ${cpu?.model.trim() ?? 'CPU'}, ${gib} GiB, ${process.platform}`
}

function currentCommit(): string {
  const git = (args: string[]) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim()
  const isDirty = git(['status', '--porcelain', 'server', 'package-lock.json']) !== ''
  return git(['rev-parse', '--short', 'HEAD']) + (isDirty ? ' and changes' : '')
}

async function startAll(upstream: string, dir: string, peers: number): Promise<Running[]> {
  const running: Running[] = []
  for (const target of targets(upstream, dir, peers)) {
    running.push({ ...target, server: await start(target), tokens: [] })
  }
  return running
}

/** Warms up until the JIT has compiled the hot code; a larger server needs longer. */
async function warmUp(running: Running[], requests: number): Promise<void> {
  for (const one of running) {
    say(`warming up: ${one.name}`)
    for (const kind of one.kinds) {
      const tokens = await tokensFor(one)
      const burst = { connections: WARM_UP_CONNECTIONS, seconds: WARM_UP_BURST_SECONDS, kind }
      const endsAtMs = performance.now() + WARM_UP_AT_MOST_MS
      let answered = 0
      while (answered < requests && performance.now() < endsAtMs) {
        answered += (await load(one.server, burst, tokens)).perSecond * WARM_UP_BURST_SECONDS
      }
    }
  }
}

/** Logs in again each time, because a user's oldest sessions end when there are too many. */
async function tokensFor({ server, kinds }: Running): Promise<string[]> {
  return kinds.length === 2 ? logIn(server, TOKENS) : ['none']
}

async function measureAll(
  options: Options,
  upstream: Server,
  running: Running[],
): Promise<Results['measured']> {
  const measured: Results['measured'] = []
  for (const scenario of options.scenarios) {
    console.log(scenario.title)
    await fetch(`${upstream.url}/delay/${scenario.upstreamDelayMs}`)
    if (scenario.kind === 'me') for (const one of running) one.tokens = await tokensFor(one)
    const rows = await measure(scenario, running, options, (name, round, perSecond) =>
      say(`round ${round} of ${options.rounds}: ${name} ${perSecond.toFixed(0)} per second`),
    )
    measured.push({ scenario, rows })
  }
  return measured
}

async function compareServers(
  options: Options,
  dir: string,
): Promise<Pick<Results, 'measured' | 'memory'>> {
  const upstream = await start({
    name: 'the stand-in for WeChat',
    args: [join(__dirname, 'upstream.mjs')],
    env: {},
  })
  const running = await startAll(upstream.url, dir, options.peers)
  const own = running.find(({ name }) => name === OURS)?.server
  try {
    const startMb = own?.memoryMb()?.now ?? null
    await warmUp(running, options.warmUpRequests)
    const measured = await measureAll(options, upstream, running)
    const peakMb = own?.memoryMb()?.peak ?? null
    const memory = startMb === null || peakMb === null ? null : { startMb, peakMb }
    return { measured, memory }
  } finally {
    await Promise.all([...running.map(({ server }) => server.stop()), upstream.stop()])
  }
}

async function writePage(file: string, text: string): Promise<void> {
  writeFileSync(file, await format(text, { ...(await resolveConfig(file)), filepath: file }))
}

const conditionsOf = ({ rounds }: Options): string => {
  const date = new Date().toISOString().slice(0, 10)
  return `${describeMachine()}，Node ${process.versions.node}，${date}，提交 ${currentCommit()}；32 个并发，${rounds} 轮的中位数。`
}

/** @param fill writes the figures into the page. */
async function writeScale(options: Options, fill: (page: string) => string): Promise<void> {
  if (options.quick) return
  await writePage(SCALE, fill(readFileSync(SCALE, 'utf8')))
  console.log('The table of docs/scale.md is new.')
}

async function compareEngines(options: Options, dir: string): Promise<void> {
  const rows = await measureEngines(dir, options.populations, options.rounds, say)
  console.log(toTable(rows))
  await writeScale(options, (page) => fillEngines(page, rows, conditionsOf(options)))
  if (!options.quick) writeFileSync(join(ROOT, 'docs/images/growth.svg'), toGrowthSvg(rows))
}

async function compareShared(options: Options, dir: string): Promise<void> {
  const rows = await measureShared(dir, options, say)
  console.log(toSharedTable(rows))
  await writeScale(options, (page) => fillShared(page, rows, conditionsOf(options)))
}

async function run(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  await installTools(__dirname, 'the load generator and the peers')
  say('building the server')
  execFileSync(process.execPath, [join(ROOT, 'scripts/build.mjs')], { stdio: 'ignore' })
  const dir = mkdtempSync(join(tmpdir(), 'bench-'))
  try {
    if (options.only !== undefined) {
      await (options.only === 'engines' ? compareEngines : compareShared)(options, dir)
      return
    }
    const compared = await compareServers(options, dir)
    console.log('start')
    const started = await compareStarts(join(dir, 'start.db'), options.startRounds)
    const results: Results = {
      machine: describeMachine(),
      node: process.versions.node,
      commit: currentCommit(),
      date: new Date().toISOString().slice(0, 10),
      quick: options.quick,
      rounds: options.rounds,
      ...compared,
      start: started,
      growth: await measureGrowth(dir, options.populations, options, say),
    }
    mkdirSync(join(ROOT, '.cache'), { recursive: true })
    writeFileSync(RESULTS, JSON.stringify(results, null, 2))
    console.log(`\n${toText(results)}\n\nAll rounds: ${RESULTS}`)
    if (options.quick) return
    writeFileSync(join(ROOT, 'docs/images/performance.svg'), toSvg(results.measured.slice(0, 3)))
    await writePage(PAGE, fillTables(readFileSync(PAGE, 'utf8'), results))
    console.log('The tables of docs/performance.md and its chart are new.')
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

run().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
})
