/**
 * A session that depends on another one, such as a web-view's on the phone's: what ends it, on
 * every store.
 */
import type { Requester } from '../../server/store/store'
import { newLogin, newSession, signIn, times } from './fixture'
import type { Fixture } from './fixture'

const OPENING = { idleSinceMs: 0, maxSessions: 20 }

export function parentSuite(at: Fixture): void {
  async function openChild(parent: Requester, id: string, nowMs = 1000): Promise<Requester> {
    const session = { ...newSession(), id, parentId: parent.id }
    const opened = await at.store.openSession(parent, { ...OPENING, nowMs, session })
    expect(opened.session).toMatchObject({ id, parentId: parent.id })
    return { ...parent, id }
  }
  const idsOf = async ({ userId }: Requester) =>
    (await at.other.listSessions(userId)).map(({ id }) => id).sort()

  it('ends with its parent, but not the other way round', async () => {
    const { owner } = await signIn(at.store)
    const child = await openChild(owner, 'child-of-one')
    const second = await openChild(owner, 'second-child')
    expect(await at.store.endSession(second, second.id, 1)).toBe(true)
    expect(await idsOf(owner)).toEqual([child.id, owner.id].sort())
    expect(await at.store.endSession(owner, owner.id, 1)).toBe(true)
    expect(await idsOf(owner)).toEqual([])
    expect(await at.other.findLiveSession(child.id)).toBeNull()
    expect(await at.other.findEndReason(child.id)).toBe('ended-elsewhere')
  })

  it('spares its parent when it ends the others', async () => {
    const first = await signIn(at.store)
    const again = newLogin({ openid: first.user.openid })
    await at.store.login(again)
    const child = await openChild(first.owner, 'child-that-ends-others')
    expect(await at.other.endOtherSessions(child, 1)).toBe(1)
    expect(await idsOf(first.owner)).toEqual([child.id, first.owner.id].sort())
  })

  it.each(['known', 'new'])(
    'ends when a login of a %s kind makes room, and no child outlives its parent',
    async (way) => {
      const openid = `oCap-${way}`
      const first = await signIn(at.store, { openid, maxSessions: 4 })
      await openChild(first.owner, `child-${way}`, 5000)
      // A login with a new unionid takes the slow path.
      const write = (n: number) =>
        newLogin({
          openid,
          maxSessions: 4,
          unionid: way === 'new' && n === 2 ? 'U-cap' : null,
          nowMs: 2000 + n,
        })
      const writes = times(3, write)
      for (const one of writes) await at.store.login(one)
      expect(await idsOf(first.owner)).toEqual(writes.map(({ session }) => session.id).sort())
    },
  )

  it('is not ended by its own child, however old it is', async () => {
    const first = await signIn(at.store, { openid: 'oOldest', maxSessions: 2 })
    await at.store.login(newLogin({ openid: 'oOldest', nowMs: 2000 }))
    const session = { ...newSession(), parentId: first.owner.id }
    const opened = await at.store.openSession(first.owner, {
      idleSinceMs: 0,
      maxSessions: 2,
      nowMs: 3000,
      session,
    })
    expect(opened.session.id).toBe(session.id)
    expect(await idsOf(first.owner)).toEqual([first.owner.id, session.id].sort())
  })

  it('moves with its person when two accounts are merged', async () => {
    const unionid = 'U-parents'
    const older = await signIn(at.store, { openid: 'oParentA', unionid })
    const younger = await signIn(at.store, {
      appid: 'wxB',
      openid: 'oParentB',
      nowMs: 2000,
    })
    const child = await openChild(younger.owner, 'child-that-moves', 2000)
    await at.store.login(newLogin({ appid: 'wxB', openid: 'oParentB', unionid }))
    expect((await at.store.findLiveSession(child.id))?.user.id).toBe(older.user.id)
    await at.store.endSession(younger.owner, younger.owner.id, 1)
    expect(await at.store.findLiveSession(child.id)).toBeNull()
  })
}
