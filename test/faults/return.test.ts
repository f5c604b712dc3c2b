/**
 * Recovery after a load peak: the login library runs ten thousand times in simulated time against
 * the server's own limiter for WeChat. All users get in, and the refused ones retry spread out.
 */
import { createAuth } from '../../miniprogram/auth/index'
import { createGuard } from '../../server/wechat/guard'
import { NotSentError } from '../../server/wechat/wechat-error'
import { createRandom, sizeOf } from './support/sizes'
import type { Random } from './support/sizes'
import { beginVirtualTime } from './support/virtual-time'
import type { VirtualTime } from './support/virtual-time'

const PHONES = sizeOf('FAULTS_PHONES', { full: 10_000, short: 3000 })
const STORM_MS = 2000
/** The fewer phones, the slower WeChat, so that it is still an overload. */
const WECHAT_TAKES_MS = 1_000_000 / PHONES
const WECHAT_WAITS_MS = 3000
const NETWORK_MS = { least: 5, most: 60 }
const ALL_IN_WITHIN_MS = 60_000
const WINDOW_MS = 500
/** Limits relative to the peak, which is level: during it, and half a second after it. */
const HIGHEST_PEAK = 1.4
const SECOND_PEAK = 0.6
/** How long a user looks at an error before the next tap. */
const TAP_AGAIN_MS = { least: 2000, most: 6000 }
const TIMEOUT_MS = 240_000

interface Callbacks {
  success(result: object): void
}

let random: Random
let time: VirtualTime
beforeEach(() => {
  random = createRandom('return')
  time = beginVirtualTime()
  jest.spyOn(Math, 'random').mockImplementation(() => random.next())
})
afterEach(() => time.end())

const between = ({ least, most }: { least: number; most: number }) =>
  least + random.next() * (most - least)
const pause = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms))

const signedIn = () => ({
  statusCode: 200,
  data: { token: 'a.b.c', expiresAt: new Date(Date.now() + 1e9).toISOString(), user: { id: 'u' } },
})

function refusalOf(error: unknown) {
  if (!(error instanceof NotSentError)) throw error
  const { status, code, retryAfterSeconds } = error
  return {
    statusCode: status,
    data: { error: { code, message: '', requestId: '' } },
    header: { 'Retry-After': String(retryAfterSeconds) },
  }
}

/** The global `wx` of all phones with the server behind it; returns the time of each login. */
function gather(): number[] {
  const sentAtMs: number[] = []
  const guard = createGuard({ callsAtOnce: 100, callsWaiting: 500 })
  const serve = () =>
    guard.run(() => pause(WECHAT_TAKES_MS), WECHAT_WAITS_MS).then(signedIn, refusalOf)
  const storage = new Map<string, unknown>()
  const wx = {
    getStorageSync: (key: string) => storage.get(key) ?? '',
    setStorageSync: (key: string, value: unknown) => void storage.set(key, value),
    removeStorageSync: (key: string) => void storage.delete(key),
    getAccountInfoSync: () => ({ miniProgram: { appId: '', envVersion: 'release' } }),
    login: ({ success }: Callbacks) => void setTimeout(() => success({ code: 'code' }), 1),
    request({ success }: Callbacks) {
      sentAtMs.push(time.nowMs())
      void pause(between(NETWORK_MS))
        .then(serve)
        .then(async (reply) => {
          await pause(between(NETWORK_MS))
          success(reply)
        })
    },
  }
  Object.assign(globalThis, { wx })
  return sentAtMs
}

/**
 * One user: opens the mini-program, and taps again after a message that the service is unavailable.
 */
async function getIn(phone: number): Promise<void> {
  const auth = createAuth({ baseUrl: 'https://api.test', storageKey: `phone-${phone}` })
  await pause(random.below(STORM_MS))
  while (auth.state !== 'signed-in') {
    await auth.ready().catch(() => pause(between(TAP_AGAIN_MS)))
  }
}

function countsPerWindow(sentAtMs: readonly number[]): number[] {
  const counts: number[] = []
  for (const atMs of sentAtMs) {
    const window = Math.floor(atMs / WINDOW_MS)
    counts[window] = (counts[window] ?? 0) + 1
  }
  return Array.from(counts, (count: number | undefined) => count ?? 0)
}

it(
  `${PHONES} phones get in within ${ALL_IN_WITHIN_MS / 1000} s, without a second peak`,
  async () => {
    const sentAtMs = gather()
    let inside = 0
    for (let phone = 0; phone < PHONES; phone += 1) {
      void getIn(phone).then(() => (inside += 1))
    }
    while (inside < PHONES && time.nowMs() < ALL_IN_WITHIN_MS) await time.advance(WINDOW_MS)
    const counts = countsPerWindow(sentAtMs)
    process.stderr.write(
      `  return: ${inside} of ${PHONES} in after ${time.nowMs() / 1000} s with ${sentAtMs.length} logins; ` +
        `logins per ${WINDOW_MS} ms: ${counts.join(' ')}\n`,
    )
    expect(inside).toBe(PHONES)
    // Confirms the overload: many were refused.
    expect(sentAtMs.length).toBeGreaterThan(1.3 * PHONES)
    const storm = (PHONES * WINDOW_MS) / STORM_MS
    expect(Math.max(...counts)).toBeLessThan(HIGHEST_PEAK * storm)
    expect(Math.max(...counts.slice(STORM_MS / WINDOW_MS + 1))).toBeLessThan(SECOND_PEAK * storm)
  },
  TIMEOUT_MS,
)
