/**
 * kill -9 at random moments: acknowledged changes survive the restart, and ended sessions stay
 * ended. The memory of used codes does not survive, but WeChat has its own.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { ErrorBody } from '../../typings/api'
import { until } from '../support/until'
import { ask, buildProgram, makeSite } from './support/site'
import type { Program, Running, Site } from './support/site'
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

it('sends a used code once more after a kill, and WeChat refuses it', async () => {
  const body = { code: await site.newCode('alice') }
  const logIn = ({ url }: Running) => ask<ErrorBody>(`${url}/v1/login`, { method: 'POST', body })
  const before = await site.callsTo('/sns/jscode2session')
  const first = await site.start()
  expect((await logIn(first)).status).toBe(200)
  await first.kill()
  const second = await site.start()
  for (let n = 0; n < 2; n += 1) {
    const { status, body: answer } = await logIn(second)
    expect([status, answer.error.code]).toEqual([400, 'WX_CODE_USED'])
  }
  expect(await site.callsTo('/sns/jscode2session')).toBe(before + 2)
  await second.stop()
})
