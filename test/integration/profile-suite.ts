/** What WeChat's profile may fill: only what the person never had. */
import type { LoginWrite } from '../../server/store/store'
import { signIn } from './fixture'
import type { Fixture } from './fixture'

const PICTURE = 'https://thirdwx.qlogo.cn/1'
const PROFILE = { nickname: '老王', avatarUrl: PICTURE }

export function profileSuite(at: Fixture): void {
  it('fills a field that WeChat returns only later, and replaces none', async () => {
    const { owner } = await signIn(at.store)
    await at.store.fillProfile(owner, { nickname: null, avatarUrl: null })
    await at.store.fillProfile(owner, { nickname: '小明', avatarUrl: null })
    expect(await at.other.fillProfile(owner, PROFILE)).toMatchObject({
      nickname: '小明',
      avatarUrl: PICTURE,
    })
    const other = await signIn(at.store)
    await at.store.setAvatar(other.owner, { name: 'p1', bytes: Buffer.from([1]), createdAtMs: 1 })
    expect(await at.other.fillProfile(other.owner, PROFILE)).toMatchObject({
      nickname: '老王',
      avatarName: 'p1',
      avatarUrl: null,
    })
  })

  it('never fills what the person cleared, and shows it as null everywhere', async () => {
    const { owner } = await signIn(at.store, { openid: 'oClears' })
    await at.store.updateProfile(owner, PROFILE)
    await at.store.updateProfile(owner, { nickname: null })
    await at.store.removeAvatar(owner)
    const empty = { nickname: null, avatarName: null, avatarUrl: null }
    expect(await at.other.fillProfile(owner, PROFILE)).toMatchObject(empty)
    expect((await at.other.findLiveSession(owner.id))?.user).toMatchObject(empty)
    expect((await signIn(at.other, { openid: 'oClears' })).user).toMatchObject(empty)
    expect((await at.store.exportAccount(owner)).user).toMatchObject(empty)
    await at.store.updateProfile(owner, { nickname: '小红' })
    expect(await at.store.fillProfile(owner, PROFILE)).toMatchObject({ ...empty, nickname: '小红' })
  })

  const two = (name: string) => {
    const loginOf = (appid: string, nowMs: number, unionid: string | null) =>
      signIn(at.store, {
        ...({ appid, openid: `o-${name}-${appid}`, unionid } satisfies Partial<LoginWrite>),
        nowMs,
      })
    return {
      older: () => loginOf('wxA', 1000, `U-${name}`),
      younger: () => loginOf('wxB', 2000, null),
      merge: () => loginOf('wxB', 3000, `U-${name}`),
    }
  }

  it('keeps a field cleared after a merge, where the other account never had it', async () => {
    for (const cleared of ['older', 'younger'] as const) {
      const person = two(`cleared-${cleared}`)
      const owners = {
        older: (await person.older()).owner,
        younger: (await person.younger()).owner,
      }
      await at.store.updateProfile(owners[cleared], { nickname: null })
      await at.store.removeAvatar(owners[cleared])
      const { owner, mergedUserId } = await person.merge()
      expect(mergedUserId).toBe(owners.younger.userId)
      const empty = { id: owners.older.userId, nickname: null, avatarName: null, avatarUrl: null }
      expect(await at.store.fillProfile(owner, PROFILE)).toMatchObject(empty)
      const account = await at.store.exportAccount(owner)
      expect(account.mergedFrom[0]?.profile).toMatchObject({ nickname: null, avatarUrl: null })
    }
  })

  it('takes in a merge what the older account cleared and the younger one has', async () => {
    const person = two('takes')
    const older = await person.older()
    const younger = await person.younger()
    await at.store.updateProfile(older.owner, { nickname: null })
    await at.store.removeAvatar(older.owner)
    await at.store.updateProfile(younger.owner, PROFILE)
    expect((await person.merge()).user).toMatchObject({ id: older.user.id, ...PROFILE })
  })
}
