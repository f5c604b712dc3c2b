/**
 * kill -9 at random moments: acknowledged changes survive the restart, and ended sessions stay
 * ended.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { until } from '../support/until'
import { buildProgram, makeSite } from './support/site'
import type { Program, Site } from './support/site'
import { createProgress, createRandom, promised, sizeOf } from './support/sizes'
import { audit, createLedger, startWork } from './support/workload'

const KILLS = sizeOf('FAULTS_KILLS', { full: 200, short: 5 })
const READY_WITHIN_MS = promised(3000)
const PEOPLE = 12
/** Maximum time from the first acknowledged login to the kill. */
const WORK_MS = 500
/** One start in this many is killed as well, at a random moment. */
const KILL_START_ONE_IN = 5
const START_MS = 500
const MS_PER_KILL = 15_000

let program: Program
let site: Site
beforeAll(async () => {
  program = buildProgram()
  site = await makeSite(program.file)
})
afterAll(async () => {
  await site.remove()
  program.remove()
})

it(
  `loses nothing acknowledged in ${KILLS} kills`,
  async () => {
    const random = createRandom('kill -9')
    const tell = createProgress('kill -9', KILLS)
    const all = createLedger()
    let bff = await site.start()
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const ledger = createLedger()
      const work = startWork({ site, url: bff.url, ledger, random }, PEOPLE)
      await until(() => ledger.acknowledged > 0)
      await delay(random.below(WORK_MS))
      await bff.kill()
      await work.stop()
      if (random.below(KILL_START_ONE_IN) === 0) await site.startAndKill(random.below(START_MS))
      bff = await site.start()
      expect(bff.readyAfterMs).toBeLessThan(READY_WITHIN_MS)
      expect(await audit(bff.url, ledger)).toEqual([])
      all.sessions.push(...ledger.sessions)
      all.acknowledged += ledger.acknowledged
      tell(kill)
    }
    expect(await audit(bff.url, all)).toEqual([])
    await bff.stop()
    expect(await bff.exited).toBe(0)
    expect(all.acknowledged).toBeGreaterThan(KILLS)
  },
  60_000 + KILLS * MS_PER_KILL,
)
