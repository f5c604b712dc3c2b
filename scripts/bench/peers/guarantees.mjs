/**
 * A minimal implementation of what this project guarantees for a login: a validated code that is
 * sent once, 20 bad codes per minute and address, an encrypted session_key, user and session in one
 * transaction, 20 sessions at most, data on disk before the answer, one log line. The guarded peers
 * use it, so that the comparison is fair.
 */
import { createCipheriv, createSecretKey, hash, randomBytes, randomUUID } from 'node:crypto'
import { fdatasync, openSync } from 'node:fs'
import { setImmediate as endOfTurn } from 'node:timers/promises'
import { promisify } from 'node:util'
import Database from 'better-sqlite3'
import { createSigner, createVerifier } from 'fast-jwt'
import pino from 'pino'
import { Pool } from 'undici'
import { env } from './store.mjs'

const CODE = /^[A-Za-z0-9_-]{1,128}$/
const MAX_SESSIONS = 20
const MAX_BAD_CODES = 20
const MINUTE_MS = 60_000
const REMEMBER_CODES_MS = 300_000
const MAX_AGE_MS = 30 * 24 * 3_600_000
const MAX_BATCH = 256

/** One line per request, written in batches. */
export const log = pino({ base: null }, pino.destination({ sync: false, minLength: 16_000 }))

export class Refusal extends Error {
  constructor(status, code) {
    super(code)
    this.status = status
    this.code = code
  }
}

const sealingKey = createSecretKey(Buffer.alloc(32, 'bench'))

function seal(text, openid) {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', sealingKey, nonce).setAAD(Buffer.from(openid))
  const body = cipher.update(text, 'utf8')
  cipher.final()
  return Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64url')
}

function openTables(file) {
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  db.pragma('wal_autocheckpoint = 4000')
  db.exec(`CREATE TABLE IF NOT EXISTS users (
    openid TEXT PRIMARY KEY, id TEXT UNIQUE NOT NULL, session_key TEXT NOT NULL, nickname TEXT, avatar_url TEXT,
    created_at INTEGER NOT NULL, last_login_at INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS sessions (user_id TEXT, seq INTEGER, id TEXT UNIQUE NOT NULL, openid TEXT NOT NULL,
      created_at INTEGER NOT NULL, PRIMARY KEY (user_id, seq)) WITHOUT ROWID`)
  db.pragma('synchronous = FULL')
  return db
}

function prepareLogin(db) {
  const upsert = db.prepare(`INSERT INTO users (openid, id, session_key, created_at, last_login_at)
    VALUES (@openid, @id, @sealed, @now, @now)
    ON CONFLICT (openid) DO UPDATE SET session_key = @sealed, last_login_at = @now RETURNING *`)
  const last = db.prepare('SELECT coalesce(max(seq), 0) FROM sessions WHERE user_id = ?').pluck()
  const cap = db.prepare('DELETE FROM sessions WHERE user_id = ? AND seq <= ?')
  const insert = db.prepare('INSERT INTO sessions VALUES (?, ?, ?, ?, ?)')
  return ({ openid, sealed, sessionId, now }) => {
    const user = upsert.get({ openid, id: randomUUID(), sealed, now })
    const seq = last.get(user.id) + 1
    cap.run(user.id, seq - MAX_SESSIONS)
    insert.run(user.id, seq, sessionId, openid, now)
    return user
  }
}

/** Concurrent logins share one transaction and one fsync, which runs off the event loop. */
function groupCommits(db, login) {
  db.prepare('DELETE FROM sessions WHERE user_id = ?').run('nobody')
  db.pragma('user_version = 1')
  const fd = openSync(`${db.name}-wal`, 'r+')
  db.pragma('synchronous = NORMAL')
  const sync = promisify(fdatasync)
  const runAll = db.transaction((batch) => batch.map(({ write }) => login(write))).immediate
  let queue = []
  let isRunning = false

  async function run() {
    isRunning = true
    await endOfTurn()
    while (queue.length > 0) {
      const batch = queue.splice(0, MAX_BATCH)
      try {
        const users = runAll(batch)
        await sync(fd)
        batch.forEach(({ resolve }, i) => resolve(users[i]))
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    isRunning = false
  }

  return (write) =>
    new Promise((resolve, reject) => {
      queue.push({ write, resolve, reject })
      if (!isRunning) void run()
    })
}

function createLimits() {
  const failures = new Map()
  const inFlight = new Set()
  let [spent, before, sinceMs] = [new Set(), new Set(), Date.now()]
  return {
    reserve(code, address) {
      const nowMs = Date.now()
      const bad = (failures.get(address) ?? []).filter((atMs) => atMs > nowMs - MINUTE_MS)
      if (bad.length >= MAX_BAD_CODES) throw new Refusal(429, 'RATE_LIMITED')
      if (nowMs - sinceMs > REMEMBER_CODES_MS) [before, spent, sinceMs] = [spent, new Set(), nowMs]
      const print = parseInt(hash('sha256', code).slice(0, 13), 16)
      if (inFlight.has(print)) throw new Refusal(409, 'WX_CODE_IN_FLIGHT')
      if (spent.has(print) || before.has(print)) throw new Refusal(400, 'WX_CODE_USED')
      inFlight.add(print)
      return print
    },
    settle(print) {
      inFlight.delete(print)
      spent.add(print)
    },
    fail(address) {
      failures.set(address, [...(failures.get(address) ?? []).slice(1 - MAX_BAD_CODES), Date.now()])
    },
  }
}

const view = (user) => ({
  id: user.id,
  openid: user.openid,
  unionid: null,
  nickname: user.nickname,
  avatarUrl: user.avatar_url,
  gender: 0,
  phone: null,
  createdAt: new Date(user.created_at).toISOString(),
  lastLoginAt: new Date(user.last_login_at).toISOString(),
})

export function createService() {
  const db = openTables(env.databaseFile)
  const loginNow = prepareLogin(db)
  const store =
    process.env.COMMITS === 'grouped'
      ? groupCommits(db, loginNow)
      : db.transaction(loginNow).immediate
  const findLive = db.prepare(
    'SELECT u.* FROM sessions s JOIN users u ON u.openid = s.openid WHERE s.id = ?',
  )
  const wechat = new Pool(env.base, { connections: 100 })
  const sign = createSigner({ key: env.jwtSecret, algorithm: 'HS256', kid: 'b1' })
  const verify = createVerifier({ key: env.jwtSecret, algorithms: ['HS256'], cache: 5000 })
  const limits = createLimits()

  async function exchange(code, address) {
    const print = limits.reserve(code, address)
    try {
      const { body } = await wechat.request({
        method: 'GET',
        path: `/sns/jscode2session?appid=${env.appid}&secret=${env.secret}&js_code=${code}&grant_type=authorization_code`,
      })
      const { openid, session_key: sessionKey, errcode } = await body.json()
      if (errcode) limits.fail(address)
      if (typeof openid !== 'string' || typeof sessionKey !== 'string')
        throw new Refusal(400, 'WX_CODE_INVALID')
      return { openid, sealed: seal(sessionKey, openid) }
    } finally {
      limits.settle(print)
    }
  }

  return {
    async login(code, address) {
      if (typeof code !== 'string' || !CODE.test(code)) throw new Refusal(400, 'INVALID_REQUEST')
      const identity = await exchange(code, address)
      const now = Date.now()
      const sessionId = randomUUID()
      const user = await store({ ...identity, sessionId, now })
      const expiresAt = now + MAX_AGE_MS
      const claims = { iss: 'bench', aud: env.appid, sub: user.id, sid: sessionId }
      const token = sign({ ...claims, exp: Math.floor(expiresAt / 1000) })
      return {
        token,
        expiresAt: new Date(expiresAt).toISOString(),
        user: view(user),
        isNew: user.created_at === now,
      }
    },
    me(authorization) {
      const { sid } = verify(authorization?.slice('Bearer '.length))
      const user = findLive.get(sid)
      if (user === undefined) throw new Refusal(401, 'SESSION_REVOKED')
      return view(user)
    },
  }
}
