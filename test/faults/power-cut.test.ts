/**
 * Power cuts: acknowledged changes survive although only synced data is left of the files. The same
 * test detects the losses of a server that syncs too late, which proves that the test works.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { until } from '../support/until'
import { describeWithFaultyDisk, makeFaultyDisk } from './support/faulty-disk'
import type { FaultyDisk } from './support/faulty-disk'
import { cutPower, readDisk } from './support/power-cut'
import type { Unsynced } from './support/power-cut'
import { buildProgram, makeSite } from './support/site'
import type { Program, Site } from './support/site'
import { createProgress, createRandom, sizeOf } from './support/sizes'
import type { Random } from './support/sizes'
import { audit, createLedger, startWork } from './support/workload'
import type { Ledger } from './support/workload'

const CUTS = sizeOf('FAULTS_POWER_CUTS', { full: 100, short: 5 })
/** A server that syncs too late loses something at every cut, so a few cuts are enough. */
const CUTS_WITHOUT_SYNC = 3
const PEOPLE = 12
/** Maximum time from the first acknowledged login to the cut. */
const WORK_MS = 500
const MS_PER_CUT = 15_000
/** In turn. */
const UNSYNCED: readonly Unsynced[] = ['lost', 'some survive']

describeWithFaultyDisk('a power cut', () => {
  let program: Program
  let site: Site
  let disk: FaultyDisk
  let random: Random
  beforeAll(() => {
    program = buildProgram()
    random = createRandom('power cut')
  })
  beforeEach(async () => {
    site = await makeSite(program.file)
    disk = makeFaultyDisk(site.dir)
  })
  afterEach(async () => {
    await site.remove()
    disk.remove()
  })
  afterAll(() => {
    program.remove()
  })

  /**
   * Starts the server, runs visitors, and cuts its power; `audited` is what was acknowledged
   * before.
   */
  async function oneCut(cut: number, audited: Ledger, file = program.file) {
    const unsynced = UNSYNCED[cut % UNSYNCED.length] ?? 'lost'
    const before = readDisk(site.dir)
    const bff = await site.start(disk.env, file)
    const losses = await audit(bff.url, audited)
    const ledger = createLedger()
    const work = startWork({ site, url: bff.url, ledger, random }, PEOPLE)
    await until(() => ledger.acknowledged > 0)
    await delay(random.below(WORK_MS))
    await bff.kill()
    await work.stop()
    cutPower(site.dir, before, disk.takeJournal(), { unsynced, random })
    return { losses, ledger }
  }

  it(
    `loses nothing acknowledged in ${CUTS} cuts`,
    async () => {
      const tell = createProgress('power cut', CUTS)
      const all = createLedger()
      let last = createLedger()
      for (let cut = 0; cut < CUTS; cut += 1) {
        const { losses, ledger } = await oneCut(cut, last)
        expect(losses).toEqual([])
        last = ledger
        all.sessions.push(...ledger.sessions)
        all.acknowledged += ledger.acknowledged
        tell(cut + 1)
      }
      const bff = await site.start()
      expect(await audit(bff.url, all)).toEqual([])
      expect(all.acknowledged).toBeGreaterThan(CUTS)
    },
    60_000 + CUTS * MS_PER_CUT,
  )

  it(
    'detects the losses of a server that does not sync its log',
    async () => {
      const careless = program.plant('unsynced', [['await syncData(fd)', 'await null']])
      let found = 0
      let last = createLedger()
      for (let cut = 0; cut <= CUTS_WITHOUT_SYNC; cut += 1) {
        const { losses, ledger } = await oneCut(cut, last, careless)
        found += losses.length
        last = ledger
      }
      expect(found).toBeGreaterThan(0)
    },
    60_000 + CUTS_WITHOUT_SYNC * MS_PER_CUT,
  )
})
