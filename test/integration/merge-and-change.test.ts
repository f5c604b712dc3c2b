/** What a session requests while a login merges its account into an older one. */
import { EventEmitter, once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { FeatureStorage } from '../../server/store/feature-storage'
import type { Requester, Store } from '../../server/store/store'
import { makeMysqlDatabase, makePostgresDatabase } from './databases'
import type { TestDatabase } from './databases'
import { newLogin, newSession, signIn } from './fixture'
import { describeWith, mysqlService, postgresService } from './services'

/** A storage that stops a merge shortly before its end, while it holds all its locks. */
function createGate(): { storage: FeatureStorage; events: EventEmitter } {
  const events = new EventEmitter()
  const storage: FeatureStorage = {
    name: 'gate',
    migrations: [],
    async onUsersMerged() {
      events.emit('reached')
      await once(events, 'open')
    },
  }
  return { storage, events }
}

type Change = (store: Store, owner: Requester) => Promise<unknown>

const CHANGES: Record<string, Change> = {
  'a new nickname': (store, owner) => store.updateProfile(owner, { nickname: '小红' }),
  'a log-out': (store, owner) => store.endSession(owner, owner.id, 3000),
  'another session': (store, owner) =>
    store.openSession(owner, {
      session: newSession(),
      nowMs: 3000,
      idleSinceMs: 0,
      maxSessions: 20,
    }),
  'the deletion of the account': (store, owner) => store.deleteAccount(owner, 3000),
}

function suite(makeDatabase: () => Promise<TestDatabase>): void {
  let database: TestDatabase
  beforeEach(async () => {
    database = await makeDatabase()
  })
  afterEach(() => database.remove())

  it.each(Object.entries(CHANGES))('%s of the younger account is made', async (_name, change) => {
    const gate = createGate()
    const merging = (await database.openWith([gate.storage])).store
    const other = await database.open()
    const older = await signIn(merging, { openid: 'oOlder', unionid: 'UOne' })
    const { owner } = await signIn(other, { appid: 'wxB', openid: 'oYounger', nowMs: 2000 })

    const reached = once(gate.events, 'reached')
    const merge = merging.login(
      newLogin({ appid: 'wxB', openid: 'oYounger', unionid: 'UOne', session: newSession() }),
    )
    await reached
    const changed = change(other, owner).catch((error: unknown) => error)
    // Time to wait for the lock of the merge.
    await delay(200)
    gate.events.emit('open')
    expect((await merge).user.id).toBe(older.user.id)
    expect(await changed).not.toBeInstanceOf(Error)
    await Promise.all([merging.close(), other.close()])
  })
}

describeWith([postgresService], 'during a merge on PostgreSQL', () => {
  suite(makePostgresDatabase)
})

describeWith([mysqlService], 'during a merge on MySQL or MariaDB', () => {
  suite(makeMysqlDatabase)
})
