/** Remembers which profiles were filled from WeChat, so that each field is filled only once. */
import { insertOnce, lockSession } from '../store/sql-client'
import type { FilledProfile, Owner } from '../store/store'
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
 * Runs `fill` with the fields that were never filled for this user. If it fails, the next sign-in tries again.
 *
 * @param fill resolves with null if it changed nothing, because the requesting session has ended.
 */
export async function fillOnce(
  { sqlClient }: Pick<WebContext, 'sqlClient'>,
  { id, userId }: Pick<Owner, 'id' | 'userId'>,
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
    // The account may be deleted by now, and with it what is remembered of it.
    // A merge may have given the session another user.
    const presentId = await lockSession(sqlClient, trx, id)
    if (presentId === null) return
    if (filled === undefined) {
      const row = { user_id: presentId, lacks: lackOf(fresh) }
      await insertOnce(sqlClient, trx.insertInto('web_filled').values(row))
      return
    }
    const marks = trx.updateTable('web_filled').set({ lacks: null })
    await marks.where('user_id', '=', presentId).execute()
  })
}
