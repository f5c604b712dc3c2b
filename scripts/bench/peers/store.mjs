/**
 * The table of every peer: SQLite in WAL mode with prepared statements, as better-sqlite3
 * recommends.
 */
import Database from 'better-sqlite3'

export function openUsers(file) {
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  db.exec(`CREATE TABLE IF NOT EXISTS users (
    id INTEGER PRIMARY KEY, openid TEXT UNIQUE NOT NULL, session_key TEXT NOT NULL, nickname TEXT,
    avatar_url TEXT, created_at TEXT NOT NULL, last_login_at TEXT NOT NULL)`)
  const upsert = db.prepare(`INSERT INTO users (openid, session_key, created_at, last_login_at)
    VALUES (@openid, @sessionKey, @now, @now)
    ON CONFLICT (openid) DO UPDATE SET session_key = @sessionKey, last_login_at = @now RETURNING *`)
  const find = db.prepare('SELECT * FROM users WHERE id = ?')
  return {
    upsert: (openid, sessionKey) =>
      upsert.get({ openid, sessionKey, now: new Date().toISOString() }),
    find: (id) => find.get(id),
  }
}

/** @param user a row of the table */
export const view = ({ id, openid, nickname, avatar_url, created_at, last_login_at }) => ({
  id: String(id),
  openid,
  unionid: null,
  nickname,
  avatarUrl: avatar_url,
  gender: 0,
  phone: null,
  createdAt: created_at,
  lastLoginAt: last_login_at,
})

export const env = {
  base: process.env.WECHAT_API_BASE,
  appid: process.env.WECHAT_APPID,
  secret: process.env.WECHAT_APPSECRET,
  jwtSecret: process.env.JWT_SECRET,
  databaseFile: process.env.DATABASE_FILE,
  port: Number(process.env.PORT ?? 0),
}

export const ready = (port) => console.log(`listening on http://127.0.0.1:${port}`)
