/** Random bytes in pieces: asking the generator for many at once costs as much as asking for one. */
import { randomFillSync } from 'node:crypto'

const PIECES_AT_ONCE = 256

/**
 * @param bytes of one piece, 1 or more.
 * @returns a function that draws a piece nobody had. It is a view: use it up before you wait for anything.
 */
export function createRandomPool(bytes: number): () => Buffer {
  const pool = Buffer.alloc(bytes * PIECES_AT_ONCE)
  let next = pool.length

  return () => {
    if (next === pool.length) {
      randomFillSync(pool)
      next = 0
    }
    next += bytes
    return pool.subarray(next - bytes, next)
  }
}
