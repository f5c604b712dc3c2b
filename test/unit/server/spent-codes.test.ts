/**
 * A code is sent once: reserved by one caller, then spent for at least as long as WeChat would
 * accept it.
 */
import { createSpentCodes } from '../../../server/spent-codes'

const MINUTE_MS = 60_000
let nowMs = 0
const start = () => {
  nowMs = 1_000_000
  return createSpentCodes(() => nowMs)
}

it('gives a code to one caller, and to the next after a release', async () => {
  const codes = start()
  const both = await Promise.all([codes.reserve('login', 'c'), codes.reserve('login', 'c')])
  expect(both).toEqual(['reserved', 'in-flight'])
  await codes.release('login', 'c')
  expect(await codes.reserve('login', 'c')).toBe('reserved')
})

it('distinguishes a login code from a phone code', async () => {
  const codes = start()
  await codes.reserve('login', 'c')
  expect(await codes.reserve('phone', 'c')).toBe('reserved')
})

it.each([0, 1, 4.99, 5.01, 7, 9.99])(
  'remembers a code for 5 minutes that was spent %d minutes after the start',
  async (atMinute) => {
    const codes = start()
    nowMs += atMinute * MINUTE_MS
    await codes.reserve('login', 'c')
    await codes.markSpent('login', 'c')
    for (let minute = 0; minute < 5; minute += 1) {
      nowMs += 0.99 * MINUTE_MS
      expect(await codes.reserve('login', 'c')).toBe('spent')
    }
  },
)

it.each([0, 4.99, 9.99, 10.01, 19.99])(
  'remembers the code of a website for 10 minutes that was spent %d minutes after the start',
  async (atMinute) => {
    const codes = start()
    nowMs += atMinute * MINUTE_MS
    await codes.reserve('web', 'c')
    await codes.markSpent('web', 'c')
    for (let minute = 0; minute < 10; minute += 1) {
      nowMs += 0.99 * MINUTE_MS
      expect(await codes.reserve('web', 'c')).toBe('spent')
    }
  },
)

it('forgets codes older than WeChat would accept, even after a long idle time', async () => {
  const codes = start()
  await codes.reserve('login', 'c')
  await codes.markSpent('login', 'c')
  nowMs += 10 * MINUTE_MS
  expect(await codes.reserve('login', 'c')).toBe('reserved')
})

it('an exchange that never ends stays reserved', async () => {
  const codes = start()
  await codes.reserve('login', 'c')
  nowMs += 60 * MINUTE_MS
  expect(await codes.reserve('login', 'c')).toBe('in-flight')
})
