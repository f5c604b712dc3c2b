/** PostgreSQL looks for a deadlock only after a second, which holds connections that everybody needs. */
import { randomUUID } from 'node:crypto'
import { makePostgresDatabase } from './databases'
import { signIn, times } from './fixture'
import { describeWith, postgresService } from './services'

describeWith([postgresService], 'two devices of one person on PostgreSQL', () => {
  it('end sessions at the same time without a deadlock', async () => {
    const database = await makePostgresDatabase()
    const store = await database.open()
    const openid = 'oBoth'
    const { owner: first } = await signIn(store, { openid })
    const { owner: second } = await signIn(store, { openid })
    for (let round = 0; round < 20; round++) {
      const ends = times(3, () =>
        [first, second].map((owner) => store.endSession(owner, randomUUID(), 2000)),
      )
      expect(new Set(await Promise.all(ends.flat()))).toEqual(new Set([false]))
    }
    // The sessions of a server report what they counted when they end.
    await store.close()
    const [row] = await database.run(
      'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
    )
    expect(Number(row?.['deadlocks'])).toBe(0)
    await database.remove()
  }, 60_000)
})
