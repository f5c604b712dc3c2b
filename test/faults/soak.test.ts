/**
 * Half load for long, while everything that an attacker may do goes on at once and the log's reader
 * stalls now and then: memory stays level, nothing that was acknowledged is lost.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { createAttacks, overLimit, repeatAttack } from './support/attacks'
import type { Scene } from './support/attacks'
import { heldMegabytes, median, peakMegabytes } from './support/resident'
import { buildProgram, makeSite } from './support/site'
import type { Program, Site } from './support/site'
import { createProgress, createRandom, IS_FULL, sizeOf } from './support/sizes'
import { createCrowd, quantile, visitAtHalfLoad } from './support/soak-people'
import { startCountingWechat } from './support/start-counting-wechat'
import type { CountingWechat } from './support/start-counting-wechat'
import { audit, createLedger } from './support/workload'

const SOAK_MS = sizeOf('FAULTS_SOAK_S', { full: 1200, short: 20 }) * 1000
/** From here on what the server remembers for a time is as large as it gets. */
const SETTLES_AFTER_MS = 600_000
const MAY_GROW_MB = 20
const PEAK_MB = 300
const VISITORS = 16
const SAMPLE_EVERY_MS = 1000
const READER_MS = { reads: 20_000, stalls: 10_000 }
const TIMEOUT_MS = SOAK_MS + 300_000

let program: Program
let site: Site
let wechat: CountingWechat
beforeAll(async () => {
  program = buildProgram()
  wechat = await startCountingWechat()
  // As behind a proxy, so that attackers have addresses of their own.
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

/** Megabytes, once a second. */
async function watchMemory(pid: number, isOver: () => boolean): Promise<number[]> {
  const samples: number[] = []
  const tell = createProgress('soak, seconds', SOAK_MS / 1000)
  while (!isOver()) {
    samples.push(heldMegabytes(pid) ?? 0)
    tell(samples.length)
    await delay(SAMPLE_EVERY_MS)
  }
  return samples
}

/** Of the last quarter over the third, both after everything has settled. */
function growthMb(samples: readonly number[]): number {
  const quarter = Math.floor(samples.length / 4)
  return median(samples.slice(3 * quarter)) - median(samples.slice(2 * quarter, 3 * quarter))
}

const round = (value: number) => Math.round(value * 10) / 10

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
    const watching = watchMemory(pid, isOver)
    await visitAtHalfLoad(crowd, VISITORS, SOAK_MS)
    life.isOver = true
    const times = await Promise.all(attacking)
    await reading
    const samples = await watching
    const growth = growthMb(samples)
    const peak = peakMegabytes(pid) ?? 0

    child.kill('SIGKILL')
    await once(child, 'exit')
    const again = await site.start()
    const losses = await audit(again.url, ledger)
    const shares = Object.entries(crowd.durationsMs).map(
      ([kind, list]) =>
        `${kind} p50 ${round(quantile(list, 0.5))} p99 ${round(quantile(list, 0.99))} max ${round(quantile(list, 1))} ms`,
    )
    process.stderr.write(
      `  soak: ${crowd.counts.visits} visits, ${crowd.counts.requests} requests, ${ledger.refused} refused, ${ledger.sessions.length} sessions; ${shares.join(', ')}; ` +
        `memory ${samples
          .map(Math.round)
          .filter((_, n) => n % 60 === 0)
          .join(' ')} MB, ` +
        `growth ${round(growth)}, peak ${round(peak)}; ` +
        `${attacks.map(({ name }, n) => `${name} ${times[n]}`).join(', ')}\n`,
    )
    expect(losses).toEqual([])
    expect(overLimit(await wechat.counts(), SOAK_MS)).toEqual([])
    expect(peak).toBeLessThan(PEAK_MB)
    if (SOAK_MS >= SETTLES_AFTER_MS) expect(growth).toBeLessThan(MAY_GROW_MB)
  },
  TIMEOUT_MS,
)
