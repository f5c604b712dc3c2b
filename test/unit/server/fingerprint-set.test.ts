/** Added values are found and no others, across several tables and with collisions. */
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

it('contains 100,000 fingerprints and no others', () => {
  const set = createFingerprintSet()
  const [added, others] = [randomFingerprints(100_000), randomFingerprints(100_000)]
  for (const fingerprint of added) set.add(fingerprint)
  expect(added.every((fingerprint) => set.has(fingerprint))).toBe(true)
  expect(others.some((fingerprint) => set.has(fingerprint))).toBe(false)
})

it('distinguishes fingerprints with the same slot, and those that differ in one half', () => {
  const set = createFingerprintSet()
  const mask = 16_383
  const same = Array.from({ length: 500 }, (_, high) => ({ high, low: mask }))
  for (const fingerprint of same) set.add(fingerprint)
  expect(same.every((fingerprint) => set.has(fingerprint))).toBe(true)
  expect(set.has({ high: 500, low: mask })).toBe(false)
  expect(set.has({ high: 1, low: mask - 1 })).toBe(false)
  // The probe sequence wraps around from the last slot to the first.
  expect(set.has({ high: 1, low: 0 })).toBe(false)
})

it('accepts zeros too', () => {
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
