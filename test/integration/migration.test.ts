/** Migrates an installation of the first store on every engine; everything still works. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'
import { makeMysqlDatabase, makePostgresDatabase, makeSqliteDatabase } from './databases'
import type { TestDatabase } from './databases'
import { signIn } from './fixture'
import { describeWith, mysqlService, postgresService } from './services'

const WITHIN_MS = 120_000
const HOUR_MS = 3_600_000
const START_MS = 1_767_225_600_000

const dump = (name: string): string =>
  readFileSync(join(__dirname, '../support/fixtures/first-store', `${name}.sql`), 'utf8')

function suite(make: () => Promise<TestDatabase>, restore: (url: string) => Promise<void>): void {
  it(
    'is migrated with users, sessions, pictures and phone numbers',
    async () => {
      const database = await make()
      await restore(database.url)
      const store = await database.open()
      const alice = await store.findLiveSession('session-1')
      expect(alice?.user).toMatchObject({
        nickname: "小红's 🌹",
        gender: 2,
        avatarName: 'alice.webp',
        phoneMasked: '156******77',
        lastLoginAtMs: START_MS + 2 * HOUR_MS,
      })
      expect(await store.findAvatar('alice.webp')).toEqual(Buffer.from([0, 1, 2, 39, 92, 255]))
      const bob = await store.findLiveSession('session-4')
      expect(await store.listSessions(bob!.user.id)).toHaveLength(2)
      const many = await signIn(store, {
        openid: 'oMany',
        nowMs: START_MS + 40 * HOUR_MS,
      })
      expect(many.isNew).toBe(false)
      expect(await store.findLiveSession('session-5')).toBeNull()
      expect(await store.listSessions(many.user.id)).toHaveLength(20)
      const merged = await signIn(store, {
        openid: 'oAlice',
        unionid: 'uBob',
        nowMs: START_MS + 41 * HOUR_MS,
      })
      expect(merged.user.id).toBe(alice!.user.id)
      expect(await store.updateProfile(bob!.session, { nickname: '小明' })).toMatchObject({
        id: alice!.user.id,
        nickname: '小明',
      })
      await store.close()
      await database.remove()
    },
    WITHIN_MS,
  )
}

describe('SQLite', () => {
  suite(makeSqliteDatabase, (url) => {
    const db = new Database(url.slice('file:'.length))
    db.exec(dump('sqlite'))
    db.close()
    return Promise.resolve()
  })
})

describeWith([postgresService], 'PostgreSQL', () => {
  suite(makePostgresDatabase, async (url) => {
    const client = new Client(url)
    await client.connect()
    await client.query(dump('postgres'))
    await client.end()
  })
})

describeWith([mysqlService], 'MySQL', () => {
  suite(makeMysqlDatabase, async (url) => {
    const connection = await createConnection({ uri: url, multipleStatements: true })
    await connection.query(`SET FOREIGN_KEY_CHECKS = 0; ${dump('mysql')}`)
    await connection.end()
  })
})
