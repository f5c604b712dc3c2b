/** Remembers whose profile was filled from WeChat already: it is filled once and never again. */
import { insertOnce } from '../store/sql-client'
import type { WebContext } from './context'

/** Runs `fill` for a user who was never filled; one that fails is tried again the next time. */
export async function fillOnce(
  { sqlClient }: Pick<WebContext, 'sqlClient'>,
  userId: string,
  fill: () => Promise<unknown>,
): Promise<void> {
  const filled = await sqlClient.read((db) =>
    db.selectFrom('web_filled').select('user_id').where('user_id', '=', userId).executeTakeFirst(),
  )
  if (filled !== undefined) return
  await fill()
  await sqlClient.write((trx) =>
    insertOnce(sqlClient, trx.insertInto('web_filled').values({ user_id: userId })),
  )
}
