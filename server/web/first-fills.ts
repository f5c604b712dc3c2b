/** Remembers whose profile was filled from WeChat already: it is filled once and never again. */
import type { SqlClient } from '../store/sql-client'
import { insertOnce } from './tables'
import type { WebTables } from './tables'

export interface FirstFills {
  /** True the first time for this user. */
  claim(userId: string): Promise<boolean>
}

export const createFirstFills = (sqlClient: SqlClient<WebTables>): FirstFills => ({
  claim: (userId) =>
    sqlClient.write(async (trx) => {
      const insert = trx.insertInto('web_filled').values({ user_id: userId })
      const { numInsertedOrUpdatedRows = 0n } = await insertOnce(
        insert,
        sqlClient.engine,
      ).executeTakeFirst()
      return numInsertedOrUpdatedRows > 0n
    }),
})
