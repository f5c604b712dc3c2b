/** A picture that a person chose: drawn anew, stored under a random public name, the old one removed. */
import { randomBytes } from 'node:crypto'
import type { Sessions } from '../sessions/sessions'
import type { LiveSession, Store, UserRecord } from '../store/store'
import { createDrawAvatar } from './image'

const NAME_BYTES = 16

/** The form of a public name; what does not have it is not looked up. */
export const AVATAR_NAME = /^[0-9a-f]{32}\.webp$/

interface AvatarDeps {
  store: Pick<Store, 'setAvatar'>
  sessions: Pick<Sessions, 'whileLive'>
  now: () => number
}

/** @returns a function that rejects with ApiError IMAGE_REJECTED or STORAGE_UNAVAILABLE. */
export function createSetAvatar({ store, sessions, now }: AvatarDeps) {
  const drawAvatar = createDrawAvatar()

  return async function setAvatar(live: LiveSession, picture: Buffer): Promise<UserRecord> {
    const bytes = await drawAvatar(picture)
    const name = `${randomBytes(NAME_BYTES).toString('hex')}.webp`
    const avatar = { name, bytes, createdAtMs: now() }
    return sessions.whileLive(live, store.setAvatar(live.session, avatar))
  }
}
