/** Remembers whose profile was filled from WeChat already: each field is filled once and never again. */
import { insertOnce } from '../store/sql-client'
import type { FilledProfile } from '../store/store'
import type { WebContext } from './context'
import type { WebTables } from './tables'

type Lacks = WebTables['web_filled']['lacks']

function lackOf({ nickname, avatarUrl }: FilledProfile): Lacks {
  if (nickname === null) return 'nickname'
  return avatarUrl === null ? 'avatarUrl' : null
}

const only = (field: Lacks, { nickname, avatarUrl }: FilledProfile): FilledProfile => ({
  nickname: field === 'nickname' ? nickname : null,
  avatarUrl: field === 'avatarUrl' ? avatarUrl : null,
})

/**
 * Runs `fill` with what was never filled of this user; one that fails is tried again the next time.
 *
 * @param fill resolves with null when it changed nothing, because the session that asks has ended.
 */
export async function fillOnce(
  { sqlClient }: Pick<WebContext, 'sqlClient'>,
  userId: string,
  profile: FilledProfile,
  fill: (fresh: FilledProfile) => Promise<object | null>,
): Promise<void> {
  const filled = await sqlClient.read((db) =>
    db.selectFrom('web_filled').select('lacks').where('user_id', '=', userId).executeTakeFirst(),
  )
  const fresh = filled === undefined ? profile : only(filled.lacks, profile)
  if (fresh.nickname === null && fresh.avatarUrl === null) return
  if ((await fill(fresh)) === null) return
  await sqlClient.write(async (trx) => {
    if (filled === undefined) {
      const row = { user_id: userId, lacks: lackOf(fresh) }
      await insertOnce(sqlClient, trx.insertInto('web_filled').values(row))
      return
    }
    await trx.updateTable('web_filled').set({ lacks: null }).where('user_id', '=', userId).execute()
  })
}
