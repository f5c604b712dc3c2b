/**
 * Long half load, with all attacks running at once and a log reader that stalls now and then:
 * memory stays level and nothing acknowledged is lost.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { loadavg } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { createAttacks, overLimit, repeatAttack } from './support/attacks'
import type { Scene } from './support/attacks'
import { countSockets } from './support/sockets'
import type { Sockets } from './support/sockets'
import { heldMegabytes, median, peakMegabytes } from './support/resident'
import { buildProgram, makeSite } from './support/site'
import type { Program, Site } from './support/site'
import { createProgress, createRandom, IS_FULL, sizeOf } from './support/sizes'
import { createCrowd, quantile, visitAtHalfLoad } from './support/soak-people'
import type { Crowd } from './support/soak-people'
import { startCountingWechat } from './support/start-counting-wechat'
import type { CountingWechat } from './support/start-counting-wechat'
import { audit, createLedger } from './support/workload'

const SOAK_MS = sizeOf('FAULTS_SOAK_S', { full: 1200, short: 20 }) * 1000
/** From here on, the server's time-limited memory has reached its full size. */
const SETTLES_AFTER_MS = 600_000
const MAY_GROW_MB = 20
const PEAK_MB = 300
const VISITORS = 16
const SAMPLE_EVERY_MS = 1000
/** Limits for /healthz on its own connection, on a machine that runs only this test. */
const ALIVE_WITHIN_MS = 2000
/** Beside the visitors' own: attackers hold 100 and 150, and 150 arrive at once. */
const MAX_SOCKETS = 1000
const READER_MS = { reads: 20_000, stalls: 10_000 }
const TIMEOUT_MS = SOAK_MS + 300_000

let program: Program
let site: Site
let wechat: CountingWechat
beforeAll(async () => {
  program = buildProgram()
  wechat = await startCountingWechat()
  // As behind a proxy, so that attackers have their own addresses.
  site = await makeSite(program.file, {
    WECHAT_API_BASE: wechat.url,
    TRUST_PROXY: '1',
    CONTENT_CHECK: 'lenient',
  })
}, TIMEOUT_MS)
afterAll(async () => {
  wechat.close()
  await site.remove()
  program.remove()
})

async function startWithReader(): Promise<{ child: ChildProcess; url: string; pid: number }> {
  const stdio = ['ignore', 'pipe', 'inherit', 'ipc'] as const
  const child = spawn(process.execPath, [program.file], { env: site.env, stdio: [...stdio] })
  child.stdout?.resume()
  const [{ listeningOn }] = (await once(child, 'message')) as [{ listeningOn: string }]
  return { child, url: listeningOn, pid: child.pid ?? 0 }
}

async function stallReader({ stdout }: ChildProcess, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    await delay(Math.min(READER_MS.reads, SOAK_MS / 4))
    stdout?.pause()
    await delay(Math.min(READER_MS.stalls, SOAK_MS / 8))
    stdout?.resume()
  }
}

/** Once per second. */
interface Samples {
  megabytes: number[]
  aliveAfterMs: number[]
  sockets: Sockets[]
}

/** Its own connection, so that it queues like the others; a failed one counts as well. */
async function pingHealth(url: string): Promise<number> {
  const startedAt = performance.now()
  await fetch(`${url}/healthz`, { headers: { connection: 'close' } })
    .then((res) => res.text())
    .catch(() => undefined)
  return performance.now() - startedAt
}

async function watch(url: string, pid: number, isOver: () => boolean): Promise<Samples> {
  const samples: Samples = { megabytes: [], aliveAfterMs: [], sockets: [] }
  const pings: Promise<unknown>[] = []
  const tell = createProgress('soak, seconds', SOAK_MS / 1000)
  while (!isOver()) {
    samples.megabytes.push(heldMegabytes(pid) ?? 0)
    samples.sockets.push(countSockets(url) ?? { open: 0, halfClosed: 0 })
    pings.push(pingHealth(url).then((ms) => samples.aliveAfterMs.push(ms)))
    tell(samples.megabytes.length)
    await delay(SAMPLE_EVERY_MS)
  }
  await Promise.all(pings)
  return samples
}

/** Ratio of the last quarter to the third; both are after warm-up. */
function growthMb(samples: readonly number[]): number {
  const quarter = Math.floor(samples.length / 4)
  return median(samples.slice(3 * quarter)) - median(samples.slice(2 * quarter, 3 * quarter))
}

const round = (value: number) => Math.round(value * 10) / 10

const most = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b), 0)

/** Prints one line of figures. */
function tellFigures(crowd: Crowd, { megabytes, aliveAfterMs, sockets }: Samples): string {
  const timesOf = (list: readonly number[]) =>
    [0.5, 0.99, 1].map((share) => round(quantile(list, share))).join('/')
  const kinds = Object.entries({ ...crowd.durationsMs, healthz: aliveAfterMs })
  const minutes = megabytes.map(Math.round).filter((_, second) => second % 60 === 0)
  return (
    `${crowd.counts.visits} visits, ${crowd.counts.requests} requests; ` +
    `p50/p99/max ms: ${kinds.map(([kind, list]) => `${kind} ${timesOf(list)}`).join(', ')}; ` +
    `memory by the minute ${minutes.join(' ')} MB, growth ${round(growthMb(megabytes))}; ` +
    `sockets at most ${most(sockets.map(({ open }) => open))}, ` +
    `half closed at most ${most(sockets.map(({ halfClosed }) => halfClosed))}; ` +
    `load of the machine ${loadavg().map(round).join(' ')}`
  )
}

/** Too heavy to run beside other tests. */
const itInFull = IS_FULL ? it : it.skip

itInFull(
  `serves for ${SOAK_MS / 1000} s at half load under every attack`,
  async () => {
    const { child, url, pid } = await startWithReader()
    const ledger = createLedger()
    const crowd = createCrowd({ url, ledger, random: createRandom('soak') })
    const scene: Scene = { url, sins: ledger.sins }
    const life = { isOver: false }
    const isOver = () => life.isOver
    const attacks = await createAttacks(scene)
    const attacking = attacks.map((attack) => repeatAttack(attack, ledger.sins, isOver))
    const reading = stallReader(child, isOver)
    const watching = watch(url, pid, isOver)
    await visitAtHalfLoad(crowd, VISITORS, SOAK_MS)
    life.isOver = true
    const times = await Promise.all(attacking)
    await reading
    const samples = await watching
    await crowd.close()
    const peak = peakMegabytes(pid) ?? 0

    child.kill('SIGKILL')
    await once(child, 'exit')
    const again = await site.start()
    const losses = await audit(again.url, ledger)
    process.stderr.write(
      `  soak: ${tellFigures(crowd, samples)}, peak ${round(peak)} MB; ${ledger.refused} refused, ` +
        `${ledger.sessions.length} sessions; ` +
        `${attacks.map(({ name }, n) => `${name} ${times[n]}`).join(', ')}\n`,
    )
    expect(losses).toEqual([])
    expect(overLimit(await wechat.counts(), SOAK_MS)).toEqual([])
    expect(peak).toBeLessThan(PEAK_MB)
    expect(quantile(samples.aliveAfterMs, 0.99)).toBeLessThan(ALIVE_WITHIN_MS)
    expect(most(samples.sockets.map(({ open, halfClosed }) => open + halfClosed))).toBeLessThan(
      MAX_SOCKETS,
    )
    if (SOAK_MS >= SETTLES_AFTER_MS) expect(growthMb(samples.megabytes)).toBeLessThan(MAY_GROW_MB)
  },
  TIMEOUT_MS,
)
