/** Every write of the store. Each must be called inside a transaction: see group-commit.ts. */
import type Database from 'better-sqlite3'
import { prepareAccountWrites } from './account-statements'
import { prepareLogin } from './login-transaction'

function prepareSessionWrites(db: Database.Database) {
  const touch = db.prepare<[number, string]>(
    'UPDATE sessions SET last_seen_at_ms = max(last_seen_at_ms, ?) WHERE id = ?',
  )
  const end = db.prepare<[string, string]>('DELETE FROM sessions WHERE user_id = ? AND id = ?')
  const endAll = db.prepare<[string]>('DELETE FROM sessions WHERE user_id = ?')
  return {
    touchSession(sessionId: string, lastSeenAtMs: number): void {
      touch.run(lastSeenAtMs, sessionId)
    },
    endSession: (sessionId: string, userId: string): boolean =>
      end.run(userId, sessionId).changes > 0,
    endAllSessions: (userId: string): number => endAll.run(userId).changes,
  }
}

export function prepareWrites(db: Database.Database) {
  return { login: prepareLogin(db), ...prepareSessionWrites(db), ...prepareAccountWrites(db) }
}

export type Writes = ReturnType<typeof prepareWrites>
