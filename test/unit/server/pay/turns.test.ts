/** The short form; test/integration/pay-turns.test.ts tries many more. */
import { tryTurnsOfEvents } from '../../../support/pay/turns'

test('any sequence of events: paid once, delivered at least once, never refunded too much', async () => {
  const tried = await tryTurnsOfEvents(12)
  expect(tried.paid).toBeGreaterThan(20)
  expect(tried.refunds).toBeGreaterThan(5)
})
