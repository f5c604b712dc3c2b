/**
 * WeChat failures: logins fail fast, signed-in users notice nothing, and the server recovers by
 * itself.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { ErrorBody, LoginAnswer } from '../../typings/api'
import { describeWithFaultyDisk, makeFaultyDisk } from './support/faulty-disk'
import { median, peakMegabytes, startResident } from './support/resident'
import { ask, buildProgram, makeSite } from './support/site'
import type { Program, Reply, Running, Site } from './support/site'
import { IS_FULL, promised } from './support/sizes'

const EXCHANGE = '/sns/jscode2session'
const LOGIN_ENDS_WITHIN_MS = promised(3600)
const HEALS_WITHIN_MS = promised(15_000)
/** The breaker's own limit is 50; a machine that runs other tests adds to it. */
const REFUSED_WITHIN_MS = promised(50)
const NOTICEABLE_MS = promised(250)
const MEMORY_MB = 300
const FAILURES_TO_OPEN = 5
const REFUSALS = 20
const WRONG_CODES = 15
const TRY_EVERY_MS = 500
const TIMEOUT_MS = 90_000
/** An unreachable name server, by glibc's number in netdb.h. */
const EAI_AGAIN = -3

/** The short form tests only the worst ones. */
const SHORT = ['hang', 'huge-body', 'redirect']
const FAULTS = [
  { mode: 'hang' },
  { mode: 'reset' },
  { mode: 'reset-after-headers' },
  { mode: 'bad-json' },
  { mode: 'empty' },
  { mode: 'slow-body' },
  { mode: 'huge-body' },
  { mode: 'html' },
  { mode: 'status', status: 502 },
  { mode: 'redirect' },
  { mode: 'errcode', errcode: -1 },
].filter(({ mode }) => IS_FULL || SHORT.includes(mode))

let program: Program
let site: Site
beforeAll(() => {
  program = buildProgram()
})
beforeEach(async () => {
  site = await makeSite(program.file)
})
afterEach(() => site.remove())
afterAll(() => {
  program.remove()
})

const login = async (bff: Running, code?: string): Promise<Reply<LoginAnswer & ErrorBody>> =>
  ask(`${bff.url}/v1/login`, {
    method: 'POST',
    body: { code: code ?? (await site.newCode('guest')) },
  })

function expectUnavailable(replies: Reply<ErrorBody>[]): void {
  const unavailable = replies.map(() => [503, 'WX_UNAVAILABLE', true])
  expect(
    replies.map(({ status, body, headers }) => [
      status,
      body.error.code,
      Number(headers.get('retry-after')) > 0,
    ]),
  ).toEqual(unavailable)
}

/** Five logins fail in time; the next are refused at once and reach nobody. */
async function expectBreaker(bff: Running): Promise<void> {
  const failed = await Promise.all(Array.from({ length: FAILURES_TO_OPEN }, () => login(bff)))
  expectUnavailable(failed)
  expect(Math.max(...failed.map(({ durationMs }) => durationMs))).toBeLessThan(LOGIN_ENDS_WITHIN_MS)
  const sent = await site.callsTo(EXCHANGE)
  const refused: Reply<ErrorBody>[] = []
  while (refused.length < REFUSALS) refused.push(await login(bff))
  expectUnavailable(refused)
  expect(median(refused.map(({ durationMs }) => durationMs))).toBeLessThan(REFUSED_WITHIN_MS)
  expect(await site.callsTo(EXCHANGE)).toBe(sent)
}

async function expectRecovery(bff: Running): Promise<void> {
  const healedAt = performance.now()
  while ((await login(bff)).status !== 200) {
    expect(performance.now() - healedAt).toBeLessThan(HEALS_WITHIN_MS)
    await delay(TRY_EVERY_MS)
  }
}

/** The complete course of a fault, while somebody is signed in. */
async function endure(bff: Running, token: string, heal: () => unknown): Promise<void> {
  const resident = startResident(bff.url, token)
  await expectBreaker(bff)
  await heal()
  await expectRecovery(bff)
  const { statuses, durationsMs } = await resident.stop()
  expect(new Set(statuses)).toEqual(new Set([200]))
  expect(median(durationsMs)).toBeLessThan(NOTICEABLE_MS)
  expect(peakMegabytes(bff.pid) ?? 0).toBeLessThan(MEMORY_MB)
}

it.each(FAULTS)(
  '$mode: logins end in time, the breaker opens, signed-in users notice nothing, and it recovers',
  async (fault) => {
    const bff = await site.start()
    const { token } = (await login(bff)).body
    await site.control('faults', { path: EXCHANGE, ...fault })
    await endure(bff, token, () => site.control('faults', {}, 'DELETE'))
    expect(await site.callsTo('/__sandbox/redirected')).toBe(0)
  },
  TIMEOUT_MS,
)

it(
  'does not count wrong codes as failures',
  async () => {
    const bff = await site.start()
    for (let count = 0; count < WRONG_CODES; count += 1) {
      const { status, body } = await login(bff, `wrong-${count}`)
      expect([status, body.error.code]).toEqual([400, 'WX_CODE_INVALID'])
    }
    expect((await login(bff)).status).toBe(200)
  },
  TIMEOUT_MS,
)

describeWithFaultyDisk('a name server in trouble', () => {
  it(
    'is handled like any other failure',
    async () => {
      const disk = makeFaultyDisk(site.dir)
      const named = {
        ...disk.env,
        WECHAT_API_BASE: site.wechatUrl.replace('127.0.0.1', 'localhost'),
      }
      const first = await site.start(named)
      const { token } = (await login(first)).body
      await first.stop()
      // A new process has no connection to WeChat yet and must resolve the name.
      disk.set({ lookupError: EAI_AGAIN })
      const bff = await site.start(named)
      await endure(bff, token, () => disk.set({ lookupError: 0 }))
      disk.remove()
    },
    TIMEOUT_MS,
  )
})
