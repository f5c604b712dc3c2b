/** PostgreSQL looks for a deadlock only after a second, which holds connections that everybody needs. */
import { randomUUID } from 'node:crypto'
import { makePostgresDatabase } from './databases'
import { signIn, times } from './fixture'
import { describeWith, postgresService } from './services'

describeWith([postgresService], 'two devices of one person on PostgreSQL', () => {
  it('end sessions at the same time without a deadlock', async () => {
    const database = await makePostgresDatabase()
    // Two processes, because the writes of one account wait for each other in one.
    const stores = [await database.open(), await database.open()]
    const devices = await Promise.all(
      stores.map(async (store) => ({ store, ...(await signIn(store, { openid: 'oBoth' })) })),
    )
    for (let round = 0; round < 20; round++) {
      const ends = times(3, () =>
        devices.map(({ store, owner }) => store.endSession(owner, randomUUID(), 2000)),
      )
      expect(new Set(await Promise.all(ends.flat()))).toEqual(new Set([false]))
    }
    // The sessions of a server report what they counted when they end.
    await Promise.all(stores.map((store) => store.close()))
    const [row] = await database.run(
      'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
    )
    expect(Number(row?.['deadlocks'])).toBe(0)
    await database.remove()
  }, 60_000)
})
