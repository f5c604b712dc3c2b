/**
 * A set of millions of fingerprints that only grows. A `Set` stores an object for each, and moves all of
 * them when it grows: at three million it blocked the event loop for 0.9 s and took four times the memory.
 *
 * Uses hash tables with open addressing and linear probing, eight bytes per slot. When a table is three
 * quarters full, a new one of twice the size takes the further fingerprints. Nothing is ever copied, so an
 * add is always fast.
 */

/** 64 bits of a hash, as two unsigned numbers of 32. */
export interface Fingerprint {
  high: number
  low: number
}

/** Slots in the first table: 128 KiB. */
const FIRST_SLOTS = 16_384
const FULL = 0.75

/** Two numbers per slot; both are 0 if it is empty. */
interface Table {
  words: Uint32Array
  /** The number of slots, which is a power of two, minus one. */
  mask: number
  size: number
}

const createTable = (slots: number): Table => ({
  words: new Uint32Array(2 * slots),
  mask: slots - 1,
  size: 0,
})

/** The index of the fingerprint, or of the empty slot where it belongs. */
function slotOf({ words, mask }: Table, { high, low }: Fingerprint): number {
  for (let slot = low & mask; ; slot = (slot + 1) & mask) {
    const isEmpty = words[2 * slot] === 0 && words[2 * slot + 1] === 0
    if (isEmpty || (words[2 * slot] === high && words[2 * slot + 1] === low)) return slot
  }
}

function isIn(table: Table, fingerprint: Fingerprint): boolean {
  const slot = slotOf(table, fingerprint)
  return table.words[2 * slot] !== 0 || table.words[2 * slot + 1] !== 0
}

/** Two zeros mark an empty slot, so that fingerprint is stored as another one: a collision of 1 in 2^64. */
const storable = (fingerprint: Fingerprint): Fingerprint =>
  fingerprint.high === 0 && fingerprint.low === 0 ? { high: 0, low: 1 } : fingerprint

export function createFingerprintSet() {
  let newest = createTable(FIRST_SLOTS)
  const tables = [newest]

  const has = (fingerprint: Fingerprint): boolean => {
    const wanted = storable(fingerprint)
    return tables.some((table) => isIn(table, wanted))
  }

  function tableWithRoom(): Table {
    const slots = newest.mask + 1
    if (newest.size >= FULL * slots) {
      newest = createTable(2 * slots)
      tables.push(newest)
    }
    return newest
  }

  return {
    has,
    add(fingerprint: Fingerprint): void {
      if (has(fingerprint)) return
      const { high, low } = storable(fingerprint)
      const table = tableWithRoom()
      const slot = slotOf(table, { high, low })
      table.words[2 * slot] = high
      table.words[2 * slot + 1] = low
      table.size += 1
    },
  }
}
