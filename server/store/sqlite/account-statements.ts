/** What touches a whole account: its profile, its picture, its phone, its export and its end. */
import type Database from 'better-sqlite3'
import type {
  AvatarWrite,
  Owner,
  PhoneWrite,
  ProfileChange,
  SessionRecord,
  StoredAccount,
  UserRecord,
} from '../store'
import { toSession } from '../rows'
import type { SessionRow } from '../rows'
import { USER_COLUMNS, userOf } from './user-columns'
import type { UserColumns } from './user-columns'

interface IdentityRow {
  appid: string
  openid: string
  unionid: string | null
  phone_sealed: string | null
  created_at_ms: number
}

function prepareReads(db: Database.Database) {
  return {
    identities: db.prepare<[string], IdentityRow>(
      `SELECT appid, openid, unionid, phone_sealed, created_at_ms FROM identities
       WHERE user_id = ? ORDER BY created_at_ms`,
    ),
    sessions: db.prepare<[string], SessionRow>(
      'SELECT * FROM sessions WHERE user_id = ? ORDER BY created_at_ms DESC, seq DESC',
    ),
    avatarOf: db.prepare<[string], { bytes: Buffer }>(
      'SELECT bytes FROM avatars WHERE user_id = ?',
    ),
    avatar: db.prepare<[string], { bytes: Buffer }>('SELECT bytes FROM avatars WHERE name = ?'),
  }
}

function prepareChanges(db: Database.Database) {
  return {
    updateProfile: db.prepare(
      `UPDATE users SET nickname = coalesce(@nickname, nickname), gender = coalesce(@gender, gender),
         avatar_url = coalesce(@avatarUrl, avatar_url) WHERE id = @userId`,
    ),
    removeAvatars: db.prepare<[string]>('DELETE FROM avatars WHERE user_id = ?'),
    insertAvatar: db.prepare<[string, string, Buffer, number]>(
      'INSERT INTO avatars (name, user_id, bytes, created_at_ms) VALUES (?, ?, ?, ?)',
    ),
    nameAvatar: db.prepare<[string, string]>('UPDATE users SET avatar_name = ? WHERE id = ?'),
    setPhone: db.prepare<[string, string, string, string, string]>(
      `UPDATE identities SET phone_sealed = ?, phone_masked = ?
       WHERE user_id = ? AND appid = ? AND openid = ?`,
    ),
    deleteUser: db.prepare<[string]>('DELETE FROM users WHERE id = ?'),
  }
}

function prepareFindUser(db: Database.Database): (owner: Owner) => UserRecord | null {
  const user = db
    .prepare<[string, string, string], UserColumns>(
      `SELECT ${USER_COLUMNS} FROM users u JOIN identities i ON i.user_id = u.id
       WHERE u.id = ? AND i.appid = ? AND i.openid = ?`,
    )
    .raw()
  return ({ userId, appid, openid }) => {
    const row = user.get(userId, appid, openid)
    return row === undefined ? null : userOf(row)
  }
}

export function prepareAccountReads(db: Database.Database) {
  const reads = prepareReads(db)
  const findUser = prepareFindUser(db)

  return {
    listSessions: (userId: string): SessionRecord[] => reads.sessions.all(userId).map(toSession),
    findAvatar: (name: string): Buffer | null => reads.avatar.get(name)?.bytes ?? null,

    exportAccount(owner: Owner): StoredAccount | null {
      const user = findUser(owner)
      if (user === null) return null
      const identities = reads.identities.all(owner.userId).map((row) => ({
        appid: row.appid,
        openid: row.openid,
        unionid: row.unionid,
        phoneSealed: row.phone_sealed,
        createdAtMs: row.created_at_ms,
      }))
      const sessions = reads.sessions.all(owner.userId).map(toSession)
      return { user, identities, sessions, avatar: reads.avatarOf.get(owner.userId)?.bytes ?? null }
    },
  }
}

/** Each must be called inside a transaction. */
export function prepareAccountWrites(db: Database.Database) {
  const changes = prepareChanges(db)
  const findUser = prepareFindUser(db)

  return {
    updateProfile(owner: Owner, change: ProfileChange): UserRecord | null {
      const { nickname = null, gender = null, avatarUrl = null } = change
      changes.updateProfile.run({ userId: owner.userId, nickname, gender, avatarUrl })
      return findUser(owner)
    },

    setAvatar(owner: Owner, { name, bytes, createdAtMs }: AvatarWrite): UserRecord | null {
      if (findUser(owner) === null) return null
      changes.removeAvatars.run(owner.userId)
      changes.insertAvatar.run(name, owner.userId, bytes, createdAtMs)
      changes.nameAvatar.run(name, owner.userId)
      return findUser(owner)
    },

    setPhone(owner: Owner, { sealed, masked }: PhoneWrite): UserRecord | null {
      changes.setPhone.run(sealed, masked, owner.userId, owner.appid, owner.openid)
      return findUser(owner)
    },

    /** The foreign keys take identities, sessions and avatars with it. */
    deleteAccount(userId: string): void {
      changes.deleteUser.run(userId)
    },
  }
}
