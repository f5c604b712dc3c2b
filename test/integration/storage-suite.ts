/** Tables of a feature of the server: made with the store's, and changed in the store's own transactions. */
import { createTable } from '../../server/store/feature-storage'
import type { FeatureStorage } from '../../server/store/feature-storage'
import { newLogin, signIn } from './fixture'
import type { Fixture } from './fixture'

interface GardenTables {
  garden_beds: { id: string; user_id: string; plants: number }
}

const MIGRATIONS: FeatureStorage['migrations'] = [
  {
    name: '001-beds',
    statements: (types) =>
      createTable(
        types,
        'garden_beds',
        `id ${types.id} NOT NULL PRIMARY KEY, user_id ${types.id} NOT NULL`,
        [['garden_beds_by_user', 'user_id']],
      ),
  },
  {
    name: '002-plants',
    statements: (types) => [
      `ALTER TABLE garden_beds ${types.addColumn} plants ${types.integer} NOT NULL DEFAULT 3`,
    ],
  },
]

const FROST = 'the frost came'

/** @param isFrosty makes its rules fail after they changed something. */
function gardenStorage(isFrosty: () => boolean): FeatureStorage<GardenTables> {
  const freeze = () => {
    if (isFrosty()) throw new Error(FROST)
  }
  return {
    name: 'garden',
    migrations: MIGRATIONS,
    async onUsersMerged(trx, { olderId, youngerId }) {
      await trx
        .updateTable('garden_beds')
        .set({ user_id: olderId })
        .where('user_id', '=', youngerId)
        .execute()
      freeze()
    },
    async onUserDeleted(trx, userId) {
      await trx.deleteFrom('garden_beds').where('user_id', '=', userId).execute()
      freeze()
    },
  }
}

export function storageSuite(at: Fixture): void {
  const weather = { isFrosty: false }
  const storage = gardenStorage(() => weather.isFrosty) as FeatureStorage
  const open = async () => {
    const { store, sqlClient } = await at.database.openWith([storage])
    const client = sqlClient<GardenTables>()
    const plant = (id: string, user_id: string) =>
      client.write((trx) =>
        trx.insertInto('garden_beds').values({ id, user_id, plants: 4 }).execute(),
      )
    const findOwner = async (id: string) => {
      const query = client.read((db) =>
        db.selectFrom('garden_beds').selectAll().where('id', '=', id).executeTakeFirst(),
      )
      return (await query)?.user_id
    }
    return { store, client, plant, findOwner }
  }

  it('creates its tables once, beside a store that does not know them', async () => {
    const [first, second] = await Promise.all([open(), open()])
    await first.client.write((trx) =>
      trx.insertInto('garden_beds').values({ id: 'once', user_id: 'u', plants: 5 }).execute(),
    )
    await first.store.close()
    const third = await open()
    expect(
      await third.client.read((db) => db.selectFrom('garden_beds').selectAll().execute()),
    ).toEqual([{ id: 'once', user_id: 'u', plants: 5 }])
    const recorded = await at.database.run(
      "SELECT name FROM schema_migrations WHERE name LIKE 'garden/%' ORDER BY name",
    )
    expect(recorded.map(({ name }) => name)).toEqual(['garden/001-beds', 'garden/002-plants'])
    const without = await at.database.open()
    await without.assertWritable()
    await Promise.all([second, third].map(({ store }) => store.close()))
    await without.close()
  })

  it('follows a person whose accounts are merged, in the same transaction', async () => {
    const { store, plant, findOwner } = await open()
    const unionid = 'UGarden'
    const older = await signIn(store, { openid: 'oGarden', unionid })
    const younger = await signIn(store, {
      appid: 'wxB',
      openid: 'oGardenB',
      nowMs: 2000,
    })
    await plant('bed-merged', younger.user.id)
    const joins = () => store.login(newLogin({ appid: 'wxB', openid: 'oGardenB', unionid }))
    weather.isFrosty = true
    await expect(joins()).rejects.toThrow(FROST)
    expect(await findOwner('bed-merged')).toBe(younger.user.id)
    expect((await store.findLiveSession(younger.owner.id))?.user.id).toBe(younger.user.id)
    weather.isFrosty = false
    expect(await joins()).toMatchObject({ mergedUserId: younger.user.id })
    expect(await findOwner('bed-merged')).toBe(older.user.id)
    await store.close()
  })

  it('is deleted with the account, in the same transaction, and with no other', async () => {
    const { store, plant, findOwner } = await open()
    const [goner, other] = [await signIn(store), await signIn(store)]
    await plant('bed-goner', goner.user.id)
    await plant('bed-other', other.user.id)
    weather.isFrosty = true
    await expect(store.deleteAccount(goner.owner, 2000)).rejects.toThrow(FROST)
    expect(await findOwner('bed-goner')).toBe(goner.user.id)
    expect(await store.findLiveSession(goner.owner.id)).not.toBeNull()
    weather.isFrosty = false
    await store.deleteAccount(goner.owner, 2000)
    expect([await findOwner('bed-goner'), await findOwner('bed-other')]).toEqual([
      undefined,
      other.user.id,
    ])
    await store.close()
  })
}
