/** Thousands of orders through chosen turns of events. */
import { tryTurnsOfEvents } from '../support/pay/turns'

test('thousands of orders: paid once, delivered at least once, refunded never too much', async () => {
  const tried = await tryTurnsOfEvents(350)
  expect(tried.orders).toBeGreaterThan(2000)
  expect(tried.paid).toBeGreaterThan(500)
  expect(tried.refunds).toBeGreaterThan(200)
}, 600_000)
