/** What was added is in, what was not is not, through several tables and where places collide. */
import { randomFillSync } from 'node:crypto'
import { createFingerprintSet } from '../../../server/fingerprint-set'
import type { Fingerprint } from '../../../server/fingerprint-set'

function randomFingerprints(count: number): Fingerprint[] {
  const words = randomFillSync(new Uint32Array(2 * count))
  return Array.from({ length: count }, (_, i) => ({
    high: words[2 * i] ?? 0,
    low: words[2 * i + 1] ?? 0,
  }))
}

it('holds 100,000 fingerprints and no other', () => {
  const set = createFingerprintSet()
  const [added, others] = [randomFingerprints(100_000), randomFingerprints(100_000)]
  for (const fingerprint of added) set.add(fingerprint)
  expect(added.every((fingerprint) => set.has(fingerprint))).toBe(true)
  expect(others.some((fingerprint) => set.has(fingerprint))).toBe(false)
})

it('tells fingerprints apart that want the same place, and those that differ in one half', () => {
  const set = createFingerprintSet()
  const mask = 16_383
  const same = Array.from({ length: 500 }, (_, high) => ({ high, low: mask }))
  for (const fingerprint of same) set.add(fingerprint)
  expect(same.every((fingerprint) => set.has(fingerprint))).toBe(true)
  expect(set.has({ high: 500, low: mask })).toBe(false)
  expect(set.has({ high: 1, low: mask - 1 })).toBe(false)
  // Beyond the last place they went on at the first.
  expect(set.has({ high: 1, low: 0 })).toBe(false)
})

it('takes zeros, too', () => {
  const set = createFingerprintSet()
  expect(set.has({ high: 0, low: 0 })).toBe(false)
  set.add({ high: 0, low: 0 })
  set.add({ high: 0, low: 7 })
  set.add({ high: 7, low: 0 })
  for (const fingerprint of [
    { high: 0, low: 0 },
    { high: 0, low: 7 },
    { high: 7, low: 0 },
  ]) {
    expect(set.has(fingerprint)).toBe(true)
  }
  expect(set.has({ high: 7, low: 7 })).toBe(false)
})
