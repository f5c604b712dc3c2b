/** Remembers whose profile was filled from WeChat already: it is filled once and never again. */
import type { SqlClient } from '../store/sql-client'
import type { WebTables } from './tables'

export interface FirstFills {
  /** True the first time for this user. */
  claim(userId: string): Promise<boolean>
}

export const createFirstFills = (sqlClient: SqlClient<WebTables>): FirstFills => ({
  claim: (userId) =>
    sqlClient.write(async (trx) => {
      const row = await trx
        .selectFrom('web_filled')
        .select('user_id')
        .where('user_id', '=', userId)
        .executeTakeFirst()
      if (row !== undefined) return false
      await trx.insertInto('web_filled').values({ user_id: userId }).execute()
      return true
    }),
})
