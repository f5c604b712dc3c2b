/** The picture that a person chose, stored under a random public name, the old one removed. */
import { randomBytes } from 'node:crypto'
import type { LiveSession, UserRecord } from '../store/store'
import type { ProfileContext } from './context'

const NAME_BYTES = 16

/** The form of a public name; what does not have it is not looked up. */
export const AVATAR_NAME = /^[0-9a-f]{32}\.webp$/

/** @throws ApiError IMAGE_REJECTED, STORAGE_UNAVAILABLE */
export async function setAvatar(
  { store, sessions, now }: ProfileContext,
  live: LiveSession,
  bytes: Buffer,
): Promise<UserRecord> {
  const name = `${randomBytes(NAME_BYTES).toString('hex')}.webp`
  const avatar = { name, bytes, createdAtMs: now() }
  return sessions.whileLive(live, store.setAvatar(live.session, avatar))
}
