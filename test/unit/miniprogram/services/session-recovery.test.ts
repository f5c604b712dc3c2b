/**
 * The session watch on the real login library: a failed login is shown and is not retried
 * endlessly.
 * @jest-environment node
 */
import { createSessionWatch } from '../../../../miniprogram/services/session-watch'
import type { SessionView } from '../../../../miniprogram/services/session-watch'
import { countOf, get, launch, pass, script, watch } from '../auth/kit'
import type { Launch } from '../auth/kit'
import { refuse } from '../../../support/fake-wx-server'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

const MINUTES_MS = 600_000

function watched({ auth }: Launch) {
  const views: SessionView[] = []
  const session = createSessionWatch(auth, (view) => views.push(view))
  return { session, last: () => views.at(-1)?.phase }
}

it('shows that it is offline when the stored session has expired, after one login', async () => {
  const first = launch()
  first.server.lifetimeMs = 1000
  await get(first.auth.ready())
  await pass(2000)
  const again = first.relaunch()
  again.wx.loginFaults.push(...Array<{ errMsg: string }>(50).fill({ errMsg: 'login:fail network' }))
  const { session, last } = watched(again)
  void session.start()
  await pass(MINUTES_MS)
  expect([last(), again.wx.loginsAtMs.length]).toEqual(['failed', 1])
})

it('shows that the user is blocked when the session was revoked, and sends no more requests', async () => {
  const launched = launch()
  const { session, last } = watched(launched)
  void session.start()
  await pass(100)
  expect(last()).toBe('ready')
  launched.server.tokens.clear()
  const blocked = Array<ReturnType<typeof refuse>>(50).fill(refuse(403, 'WX_USER_BLOCKED'))
  script(launched.server, 'POST /v1/login', ...blocked)
  watch(launched.auth.request({ path: '/v1/x' }))
  await pass(MINUTES_MS)
  expect(last()).toBe('failed')
  expect(countOf(launched.wx, 'POST /v1/login')).toBeLessThanOrEqual(3)
})

it('ends in failure on two pages that show the user, instead of each triggering the other', async () => {
  const launched = launch()
  const pages = [watched(launched), watched(launched)]
  for (const { session } of pages) void session.start()
  await pass(100)
  launched.server.tokens.clear()
  const blocked = Array<ReturnType<typeof refuse>>(50).fill(refuse(403, 'WX_USER_BLOCKED'))
  script(launched.server, 'POST /v1/login', ...blocked)
  watch(launched.auth.request({ path: '/v1/x' }))
  await pass(MINUTES_MS)
  const before = countOf(launched.wx, 'POST /v1/login')
  void pages[1]!.session.start()
  await pass(MINUTES_MS)
  expect(pages.map(({ last }) => last())).toEqual(['failed', 'failed'])
  expect([before, countOf(launched.wx, 'POST /v1/login')]).toEqual([4, 5])
})

it('shows nobody after a log-out, whatever a refresh returns later', async () => {
  const launched = launch()
  const { session, last } = watched(launched)
  void session.start()
  await pass(100)
  const refreshed = watch(session.refresh())
  // Its request is in flight then.
  await pass(1)
  void launched.auth.logout()
  await pass(100)
  expect([refreshed.settled, last()]).toEqual([true, 'signed-out'])
})
