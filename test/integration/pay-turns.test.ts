/** Hundreds of orders through random sequences of events, and thousands every night. */
import { tryTurnsOfEvents } from '../support/pay/turns'
import { randomRuns } from '../support/random-runs'

const RUNS = randomRuns(60)

test('many orders: paid once, delivered at least once, never refunded too much', async () => {
  const tried = await tryTurnsOfEvents(RUNS)
  expect(tried.orders).toBeGreaterThan(5 * RUNS)
  expect(tried.paid).toBeGreaterThan(RUNS)
  expect(tried.refunds).toBeGreaterThan(0.4 * RUNS)
}, 600_000)
