/**
 * The long form: a BFF, Redis and the quorum fail and recover, and all BFFs are restarted in turn.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { ask, comingBack, logIn } from './support/ask'
import { createLedger, startStorm } from './support/crowd'
import type { Ledger } from './support/crowd'
import { describeOnCluster } from './support/galera'
import { startHttpProxy } from './support/http-proxy'
import { patiently } from './support/patiently'
import { IS_FULL } from './support/sizes'
import { START_WITHIN_MS, three, useStage } from './support/stage'
import type { Stage } from './support/stage'
import { APPS } from './support/wechat'

const [APP] = APPS
const PEOPLE = 6
/** Few enough that even a slow machine answers no 503. */
const PEOPLE_OF_RESTART = 2
const STEP_MS = 4000
const READY_WITHIN_MS = 60_000

const urlsOf = (stage: Stage) => stage.at.map(({ url }) => url)

/** Runs load around `trouble`, and then checks every acknowledged change. */
async function underStorm(stage: Stage, trouble: () => Promise<unknown>): Promise<Ledger> {
  const ledger = createLedger()
  const storm = startStorm(urlsOf(stage), PEOPLE, ledger)
  await delay(STEP_MS)
  await trouble()
  const before = ledger.acknowledged
  await delay(STEP_MS)
  await storm.stop()
  process.stderr.write(`  ${ledger.acknowledged} acknowledged, ${ledger.refusals.length} refused\n`)
  expect(ledger.acknowledged).toBeGreaterThan(before)
  expect(await stage.findDisorder()).toEqual([])
  expect(await stage.auditAll(ledger)).toEqual([])
  expect(stage.wechat.spentTwice()).toEqual([])
  return ledger
}

function suite(): void {
  const stage = useStage()

  it(
    'loses nothing acknowledged when a BFF is killed',
    () =>
      underStorm(stage, async () => {
        await stage.at[1].kill()
        await delay(STEP_MS)
        stage.at[1] = await stage.startBff(1)
      }),
    START_WITHIN_MS,
  )

  it(
    'loses nothing acknowledged when Redis is killed and comes back empty',
    () =>
      underStorm(stage, async () => {
        await stage.redis.kill()
        await delay(STEP_MS)
        await stage.redis.start()
      }),
    START_WITHIN_MS,
  )

  it(
    'answers 503 without a quorum, also during start-up, and recovers with the quorum',
    () =>
      underStorm(stage, async () => {
        // Two of three at once: the last one can't know that it is not the isolated one.
        await Promise.all([stage.nodes[1].kill(), stage.nodes[2].kill()])
        await patiently(READY_WITHIN_MS, async () => {
          const { status } = await logIn(stage.at[0].url, APP, 'alone')
          expect([200, 503]).toContain(status)
          return status === 503
        })
        expect((await ask(`${stage.at[0].url}/readyz`)).status).toBe(503)
        const starting = stage.startBff(0)
        const [last] = stage.nodes
        // A node that has not yet detected its isolation accepts the command, but it has no effect.
        await patiently(READY_WITHIN_MS, async () => !(await last.isSynced()))
        await patiently(READY_WITHIN_MS, async () => {
          await last
            .run(`SET GLOBAL wsrep_provider_options = 'pc.bootstrap=YES'`)
            .catch(() => undefined)
          return last.isSynced()
        })
        await (await starting).stop()
        await stage.nodes[1].revive()
        await stage.nodes[2].revive()
        for (const { url } of stage.at) {
          await patiently(READY_WITHIN_MS, async () => (await ask(`${url}/readyz`)).status === 200)
        }
      }),
    START_WITHIN_MS,
  )

  it(
    'fails no request while all BFFs are restarted in turn behind a proxy',
    async () => {
      const proxy = await startHttpProxy(urlsOf(stage))
      const ledger = createLedger()
      const storm = startStorm([proxy.url], PEOPLE_OF_RESTART, ledger)
      for (const n of [0, 1, 2] as const) {
        await delay(STEP_MS)
        await proxy.drain(stage.at[n].url)
        await stage.at[n].stop()
        stage.at[n] = await stage.startBff(n)
        proxy.add(stage.at[n].url)
      }
      await delay(STEP_MS)
      await storm.stop()
      proxy.close()
      process.stderr.write(`  rolling restart: ${ledger.acknowledged} acknowledged\n`)
      expect([ledger.refusals, ledger.sins]).toEqual([[], []])
      expect(await stage.auditAll(ledger)).toEqual([])
      const replies = await three((n) => comingBack(() => logIn(stage.at[n].url, APP, 'after')))
      expect(replies.map(({ status }) => status)).toEqual([200, 200, 200])
    },
    START_WITHIN_MS,
  )
}

if (IS_FULL) describeOnCluster('three BFFs in trouble', suite)
else describe.skip('three BFFs under failures (the long form: CLUSTER=full)', suite)
