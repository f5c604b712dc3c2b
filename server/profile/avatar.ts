/** A picture that a person chose: drawn anew, stored under a random public name, the old one removed. */
import { randomBytes } from 'node:crypto'
import { bulkhead, isBulkheadRejectedError } from 'cockatiel'
import { ApiError } from '../errors'
import type { LiveSession, Store, UserRecord } from '../store/store'
import { drawAvatar } from './image'
import { assertAccount } from './personal-keys'

const NAME_BYTES = 16
/** Decoded pictures are large: two at once bound the memory, forty wait. */
const DRAWN_AT_ONCE = 2
const WAITING = 40

/** The form of a public name; what does not have it is not looked up. */
export const AVATAR_NAME = /^[0-9a-f]{32}\.webp$/

/** @returns a function that rejects with ApiError IMAGE_REJECTED, OVERLOADED or STORAGE_UNAVAILABLE. */
export function createSetAvatar({ store, now }: { store: Store; now: () => number }) {
  const lanes = bulkhead(DRAWN_AT_ONCE, WAITING)

  return async function setAvatar(live: LiveSession, picture: Buffer): Promise<UserRecord> {
    const bytes = await lanes
      .execute(() => drawAvatar(picture))
      .catch((error: unknown) => {
        if (!isBulkheadRejectedError(error)) throw error
        throw new ApiError('OVERLOADED', 'Too many pictures are being drawn.', {
          retryAfterSeconds: 2,
        })
      })
    const name = `${randomBytes(NAME_BYTES).toString('hex')}.webp`
    return assertAccount(await store.setAvatar(live.session, { name, bytes, createdAtMs: now() }))
  }
}
