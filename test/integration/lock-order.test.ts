/**
 * PostgreSQL detects a deadlock only after a second, and meanwhile it blocks connections that
 * everybody needs.
 */
import { randomUUID } from 'node:crypto'
import { makePostgresDatabase } from './databases'
import { signIn, times } from './fixture'
import { describeWith, postgresService } from './services'

describeWith([postgresService], 'two devices of one person on PostgreSQL', () => {
  it('sessions can be ended at the same time without a deadlock', async () => {
    const database = await makePostgresDatabase()
    // Two processes, because within one the writes of one account queue up.
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
    // The server's connections report their statistics when they close.
    await Promise.all(stores.map((store) => store.close()))
    const [row] = await database.run(
      'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
    )
    expect(Number(row?.['deadlocks'])).toBe(0)
    await database.remove()
  }, 60_000)
})
