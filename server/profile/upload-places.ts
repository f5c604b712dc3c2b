/** Bounds the uploads under way: a place is taken before the first byte is read. */
import { ApiError } from '../errors'

const OF_ONE_USER = 2
const TOGETHER = 8

/** @throws ApiError OVERLOADED at once when no place is free. */
export type WithUploadPlace = <T>(userId: string, work: () => Promise<T>) => Promise<T>

export function createUploadPlaces(): WithUploadPlace {
  const taken = new Map<string, number>()
  let together = 0

  return async (userId, work) => {
    const own = taken.get(userId) ?? 0
    if (own >= OF_ONE_USER || together >= TOGETHER) {
      throw new ApiError('OVERLOADED', 'Too many uploads are under way.', { retryAfterSeconds: 2 })
    }
    taken.set(userId, own + 1)
    together += 1
    try {
      return await work()
    } finally {
      together -= 1
      const left = (taken.get(userId) ?? 1) - 1
      if (left === 0) taken.delete(userId)
      else taken.set(userId, left)
    }
  }
}
