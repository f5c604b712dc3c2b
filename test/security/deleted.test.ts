/**
 * Deleted data is also gone from the bytes of the database file, once SQLite has checkpointed its
 * log.
 */
import { readFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import type { User } from '../../typings/api'
import { startTestBff } from '../support/bff'
import type { TestBff } from '../support/bff'

const NICKNAME = 'deleted-nickname'

let bff: TestBff
beforeAll(async () => {
  bff = await startTestBff()
})
afterAll(() => bff.stop())

/** The file's bytes, after a checkpoint that empties its log. */
function fileText(): string {
  const db = new Database(bff.databaseFile)
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
  return readFileSync(bff.databaseFile, 'latin1')
}

it('a deleted account leaves neither its nickname nor its openid in the file', async () => {
  const { token } = (await bff.login('alice')).body
  const { body } = await bff.send<User>('PUT', '/v1/me', { nickname: NICKNAME }, token)
  const openid = body.openid ?? ''
  const before = fileText()
  expect([before.includes(NICKNAME), before.includes(openid)]).toEqual([true, true])

  const headers = { authorization: `Bearer ${token}` }
  expect((await bff.call('/v1/me', { method: 'DELETE', headers })).status).toBe(204)
  const after = fileText()
  expect([after.includes(NICKNAME), after.includes(openid)]).toEqual([false, false])
})
