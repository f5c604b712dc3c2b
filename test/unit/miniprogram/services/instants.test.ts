import { describeInstant } from '../../../../miniprogram/services/instants'

const nowMs = Date.parse('2026-03-10T12:00:00.000Z')
const before = (ms: number) => new Date(nowMs - ms).toISOString()

describe('describeInstant', () => {
  it.each([
    [0, '刚刚'],
    [59_999, '刚刚'],
    [60_000, '1 分钟前'],
    [59 * 60_000, '59 分钟前'],
    [3_600_000, '1 小时前'],
    [86_400_000, '1 天前'],
    [6 * 86_400_000, '6 天前'],
  ])('%i ms ago is %s', (agoMs, words) => {
    expect(describeInstant(before(agoMs), nowMs)).toBe(words)
  })

  it('is a date after a week', () => {
    expect(describeInstant('2026-01-05T12:00:00.000Z', nowMs)).toBe('2026-01-05')
  })

  it('treats a future instant as now', () => {
    expect(describeInstant(before(-90_000), nowMs)).toBe('刚刚')
  })

  it('returns an empty text for an invalid instant', () => {
    expect(describeInstant('soon', nowMs)).toBe('')
  })
})
