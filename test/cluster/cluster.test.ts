/** Three BFFs on three Galera nodes act as one: races, start-up, one kill, and a log-out. */
import { setTimeout as delay } from 'node:timers/promises'
import { ask, comingBack, logIn as logInOnce, readMe } from './support/ask'
import type { Reply } from './support/ask'
import { createLedger, startStorm } from './support/crowd'
import { describeOnCluster } from './support/galera'
import { START_WITHIN_MS, three, useStage } from './support/stage'
import { sizeOf } from './support/sizes'
import { APPS } from './support/wechat'

const [APP, OTHER] = APPS
const ROUNDS = sizeOf({ long: 12, short: 2 })
const PERSONS = sizeOf({ long: 50, short: 10 })
const STARTS = sizeOf({ long: 20, short: 2 })
const STORM = sizeOf({
  long: { killAfterMs: 8000, backAfterMs: 10_000, endAfterMs: 10_000, people: 8 },
  short: { killAfterMs: 2000, backAfterMs: 3000, endAfterMs: 2000, people: 3 },
})
const LAG_MS = 300
const WITHIN_MS = 300_000

const logIn = (...who: Parameters<typeof logInOnce>) => comingBack(() => logInOnce(...who))
const persons = (name: string) => Array.from({ length: PERSONS }, (_, n) => `${name}-${n}`)
const inTurn = <T>(work: (round: number) => Promise<T>) =>
  Array.from({ length: ROUNDS }, (_, n) => n).reduce<Promise<unknown>>(
    (before, round) => before.then(() => work(round)),
    Promise.resolve(),
  )

function expectOk(replies: readonly Reply[]): void {
  const others = replies.filter(({ status }) => status !== 200)
  expect(others.map(({ status, body }) => [status, body])).toEqual([])
}

describeOnCluster('three BFFs on a cluster of databases', () => {
  const stage = useStage()

  it(
    'creates one user for a person who logs in for the first time everywhere at once',
    () =>
      inTurn(async (round) => {
        for (const replies of await Promise.all(
          persons(`first${round}`).map((person) =>
            Promise.all(stage.at.map(({ url }) => logIn(url, APP, person))),
          ),
        )) {
          expectOk(replies)
          expect(new Set(replies.map(({ body }) => body.user?.id)).size).toBe(1)
          expect(replies.filter(({ body }) => body.isNew).length).toBeLessThan(2)
        }
        expect(await stage.findDisorder()).toEqual([])
      }),
    WITHIN_MS,
  )

  it(
    'creates one user for one unionid that arrives from two apps at two nodes at once',
    () =>
      inTurn(async (round) => {
        const [one, , other] = stage.at
        for (const replies of await Promise.all(
          persons(`union${round}`).map((person) =>
            Promise.all([logIn(one.url, APP, person, true), logIn(other.url, OTHER, person, true)]),
          ),
        )) {
          expectOk(replies)
          expect(new Set(replies.map(({ body }) => body.user?.id)).size).toBe(1)
        }
        expect(await stage.findDisorder()).toEqual([])
      }),
    WITHIN_MS,
  )

  it(
    'merges two accounts once when both get the same unionid at once',
    () =>
      inTurn(async (round) => {
        const [one, two] = stage.at
        const people = persons(`merge${round}`)
        const logInBoth = (person: string, isKnown: boolean) =>
          Promise.all([
            logIn(one.url, APP, person, isKnown),
            logIn(two.url, OTHER, person, isKnown),
          ])
        const before = await Promise.all(people.map((person) => logInBoth(person, false)))
        expectOk(before.flat())
        expectOk((await Promise.all(people.map((person) => logInBoth(person, true)))).flat())
        for (const [first, second] of before) {
          const tokens = [first.body.token ?? '', second.body.token ?? '']
          const seen = await Promise.all(
            tokens.map((token) => comingBack(() => readMe(stage.at[2].url, token))),
          )
          expectOk(seen)
          expect(seen[0]?.body.id).toBe(seen[1]?.body.id)
        }
        expect(await stage.findDisorder()).toEqual([])
      }),
    WITHIN_MS,
  )

  it(
    'ends a session at the other nodes at once, even if a node lags',
    async () => {
      for (let round = 0; round < 5; round += 1) {
        const { body } = await logIn(stage.at[0].url, APP, `leaver-${round}`)
        const token = body.token ?? ''
        expectOk(await three((n) => comingBack(() => readMe(stage.at[n].url, token))))
        // The copies in Redis would report it; here only the databases can.
        await stage.redis.run('FLUSHALL')
        const lagging = await stage.nodes[1].lag()
        const leave = () => ask(`${stage.at[0].url}/v1/logout`, { method: 'POST', token })
        const { status } = await comingBack(leave)
        await stage.redis.run('FLUSHALL')
        const asking = three((n) => comingBack(() => readMe(stage.at[n].url, token)))
        await delay(LAG_MS)
        await lagging.goOn()
        const after = await asking
        expect([status, ...after.map((reply) => reply.status)]).toEqual([204, 401, 401, 401])
      }
    },
    WITHIN_MS,
  )

  it(
    'starts three BFFs at once on an empty database',
    async () => {
      for (let round = 0; round < STARTS; round += 1) {
        const name = `empty_${round}`
        await stage.nodes[0].run(`CREATE DATABASE ${name}`)
        const started = await three((n) => stage.startBff(n, name))
        expectOk(await three((n) => logIn(started[n].url, APP, `early-${round}`)))
        await Promise.all(started.map((bff) => bff.stop()))
        expect(await Promise.all(started.map((bff) => bff.exited))).toEqual([0, 0, 0])
      }
    },
    START_WITHIN_MS,
  )

  it(
    'loses nothing acknowledged when a database node is killed under load',
    async () => {
      const ledger = createLedger()
      const storm = startStorm(
        stage.at.map(({ url }) => url),
        STORM.people,
        ledger,
      )
      await delay(STORM.killAfterMs)
      await stage.nodes[2].kill()
      await delay(STORM.backAfterMs)
      const before = ledger.acknowledged
      await stage.nodes[2].revive()
      await delay(STORM.endAfterMs)
      await storm.stop()
      process.stderr.write(
        `  kill of a node: ${ledger.acknowledged} acknowledged, ${ledger.refusals.length} refused\n`,
      )
      expect(ledger.acknowledged).toBeGreaterThan(before)
      expect(await stage.findDisorder()).toEqual([])
      expect(await stage.auditAll(ledger)).toEqual([])
      expect(stage.wechat.spentTwice()).toEqual([])
      expectOk(await three((n) => logIn(stage.at[n].url, APP, 'afterwards')))
    },
    START_WITHIN_MS,
  )
})
