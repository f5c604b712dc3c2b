/** Ended sessions: what is remembered of them, and what they can no longer do. */
import { newSession, signIn, times } from './fixture'
import type { Fixture } from './fixture'

const THIRTY_DAYS_MS = 30 * 24 * 3_600_000

export function endSuite(at: Fixture): void {
  const signInTwice = async (openid: string) =>
    [await signIn(at.store, { openid }), await signIn(at.other, { openid })] as const

  it('remembers for 30 days a session that the user ended from another one, and no other', async () => {
    const [own, removed] = await signInTwice('oEnds')
    const kept = await signIn(at.store, { openid: 'oEnds' })
    expect(await at.store.endSession(own.owner, removed.owner.id, 2000)).toBe(true)
    expect(await at.other.findEndReason(removed.owner.id)).toBe('ended-elsewhere')
    expect(await at.store.endOtherSessions(own.owner, 2000)).toBe(1)
    expect(await at.store.findEndReason(kept.owner.id)).toBe('ended-elsewhere')
    expect(await at.store.endAllSessions(own.owner, 2000)).toBe(1)
    expect(await at.store.findEndReason(own.owner.id)).toBeNull()
    const [later, again] = await signInTwice('oEnds')
    await at.store.endSession(later.owner, again.owner.id, 2000 + THIRTY_DAYS_MS)
    expect(await at.store.findEndReason(removed.owner.id)).toBeNull()
    expect(await at.store.findEndReason(again.owner.id)).toBe('ended-elsewhere')
  })

  it('remembers that each session of a deleted account is gone, but not whose it was', async () => {
    const [own, other] = await signInTwice('oDeletes')
    await at.store.deleteAccount(own.owner, 2000)
    for (const { owner } of [own, other]) {
      expect(await at.other.findEndReason(owner.id)).toBe('account-deleted')
    }
    const columns = await at.database.columns()
    const remembered = columns.filter(({ table }) => table === 'ended_sessions')
    expect(remembered.map(({ column }) => column).sort()).toEqual(['id', 'reason', 'until_ms'])
  })

  it('remembers a deleted account for tokens of sessions that had ended before', async () => {
    const inOtherApp = { appid: 'wxB', openid: 'oGoneB' }
    const nowMs = 2000
    const first = await signIn(at.store, { openid: 'oGone' })
    const younger = await signIn(at.store, { ...inOtherApp, nowMs })
    await signIn(at.store, { openid: 'oGone', unionid: 'UGone' })
    const { owner } = await signIn(at.store, {
      ...inOtherApp,
      unionid: 'UGone',
      nowMs,
    })
    expect(owner.userId).toBe(first.user.id)
    await at.store.deleteAccount(owner, 4000)
    for (const userId of [first.user.id, younger.user.id]) {
      expect(await at.other.findEndReason('long gone', userId)).toBe('account-deleted')
    }
    const late = at.store.removePhone({ ...younger.owner, id: 'long gone' })
    await expect(late).rejects.toMatchObject({ code: 'ACCOUNT_DELETED' })
    expect(await at.other.findEndReason('long gone', 'somebody else')).toBeNull()
    expect(await at.other.findEndReason('long gone')).toBeNull()
  })

  it('forgets that an account was deleted when the embedding service uses its id again', async () => {
    const named = () => signIn(at.store, { openid: 'oHost', newUserId: 'host-7' })
    for (let round = 0; round < 2; round++) {
      const { owner } = await named()
      expect(await at.other.findEndReason('long gone', 'host-7')).toBeNull()
      await at.store.deleteAccount(owner, 2000 + round)
      expect(await at.other.findEndReason('long gone', 'host-7')).toBe('account-deleted')
    }
  })

  it('changes nothing for an ended session', async () => {
    const [{ owner }, other] = await signInTwice('oLate')
    await at.store.updateProfile(owner, { nickname: '小红' })
    await at.other.endSession(other.owner, owner.id, 2000)
    const picture = { name: 'late.webp', bytes: Buffer.from([1]), createdAtMs: 1 }
    const late = await Promise.allSettled([
      at.store.updateProfile(owner, { nickname: 'late' }),
      at.store.fillProfile(owner, { nickname: 'late', avatarUrl: null }),
      at.store.setAvatar(owner, picture),
      at.store.removeAvatar(owner),
      at.store.setPhone(owner, { sealed: 'late', masked: 'late', atMs: 1 }),
      at.store.removePhone(owner),
      at.store.exportAccount(owner),
      at.store.openSession(owner, {
        session: newSession(),
        nowMs: 2000,
        idleSinceMs: 0,
        maxSessions: 20,
      }),
      at.store.endSession(owner, other.owner.id, 2000),
      at.store.endOtherSessions(owner, 2000),
      at.store.endAllSessions(owner, 2000),
      at.store.deleteAccount(owner, 2000),
    ])
    const reason: unknown = expect.objectContaining({ code: 'SESSION_ENDED' })
    expect(late).toEqual(times(12, () => ({ status: 'rejected', reason })))
    const account = await at.store.exportAccount(other.owner)
    expect(account).toMatchObject({ user: { nickname: '小红', avatarName: null }, avatar: null })
    expect(account.identities[0]?.phoneSealed).toBeNull()
    expect(await at.store.findAvatar('late.webp')).toBeNull()
  })

  it('a log-out happens entirely before or entirely after a change', async () => {
    const results = await Promise.all(
      times(10, async (n) => {
        const { owner } = await signIn(at.store, { openid: `oRace${n}` })
        const [isTold, ended] = await Promise.all([
          at.store.updateProfile(owner, { nickname: 'changed' }).then(
            () => true,
            () => false,
          ),
          at.other.endAllSessions(owner, 2000),
        ])
        const after = await signIn(at.store, { openid: `oRace${n}` })
        return { ended, isTold, isChanged: after.user.nickname === 'changed' }
      }),
    )
    expect(results.filter(({ isTold, isChanged }) => isTold !== isChanged)).toEqual([])
    expect(results.map(({ ended }) => ended)).toEqual(times(10, () => 1))
  })
}
