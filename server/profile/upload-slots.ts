/** Limits concurrent uploads. An upload takes its slot before its first byte is read. */
import { ApiError } from '../errors'

const MAX_OF_ONE_USER = 2
const MAX_TOGETHER = 8

/** @throws ApiError OVERLOADED immediately when no slot is free. */
export type WithUploadSlot = <T>(userId: string, work: () => Promise<T>) => Promise<T>

export function createUploadSlots(): WithUploadSlot {
  const taken = new Map<string, number>()
  let together = 0

  return async (userId, work) => {
    const own = taken.get(userId) ?? 0
    if (own >= MAX_OF_ONE_USER || together >= MAX_TOGETHER) {
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
