/** Remembers whose profile was filled from WeChat already: it is filled once and never again. */
import type { SqlClient } from '../store/sql-client'
import { insertOnce } from './tables'
import type { WebTables } from './tables'

export interface FirstFills {
  /** Runs `fill` for a user who was never filled; one that fails is tried again the next time. */
  once(userId: string, fill: () => Promise<unknown>): Promise<void>
}

export function createFirstFills(sqlClient: SqlClient<WebTables>): FirstFills {
  async function isFilled(userId: string): Promise<boolean> {
    const row = await sqlClient.read((db) =>
      db
        .selectFrom('web_filled')
        .select('user_id')
        .where('user_id', '=', userId)
        .executeTakeFirst(),
    )
    return row !== undefined
  }

  return {
    async once(userId, fill) {
      if (await isFilled(userId)) return
      await fill()
      await sqlClient.write(async (trx) => {
        const insert = trx.insertInto('web_filled').values({ user_id: userId })
        await insertOnce(insert, sqlClient.engine).execute()
      })
    },
  }
}
