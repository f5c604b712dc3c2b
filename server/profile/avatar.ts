/** Stores a person's picture under a random public name, and removes the old one. */
import { randomBytes } from 'node:crypto'
import { requireLive } from '../sessions/require-live'
import type { LiveSession, UserRecord } from '../store/store'
import type { ProfileContext } from './context'

const NAME_BYTES = 16

/** The format of a public name; we look up nothing else. */
export const AVATAR_NAME = /^[0-9a-f]{32}\.webp$/

/** @throws ApiError IMAGE_REJECTED, STORAGE_UNAVAILABLE */
export async function setAvatar(
  { store, now }: ProfileContext,
  live: LiveSession,
  bytes: Buffer,
): Promise<UserRecord> {
  const name = `${randomBytes(NAME_BYTES).toString('hex')}.webp`
  const avatar = { name, bytes, createdAtMs: now() }
  return requireLive(store, live, store.setAvatar(live.session, avatar))
}
