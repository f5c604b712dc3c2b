/** One person in several apps, on every store. */
import type { Requester } from '../../server/store/store'
import { REVOKED, signIn } from './fixture'
import type { Fixture } from './fixture'

export function appsSuite(at: Fixture): void {
  it('keeps a phone number with the app that received it', async () => {
    const unionid = 'UPhone'
    const one = (await signIn(at.store, { unionid })).owner
    const other = (await signIn(at.store, { appid: 'wxB', unionid })).owner
    const changed = await at.store.setPhone(one, { sealed: 'd.1', masked: '156******77', atMs: 1 })
    expect([changed.phoneMasked, other.userId]).toEqual(['156******77', one.userId])
    // The other app shows it until it has its own.
    expect((await at.store.updateProfile(other, {})).phoneMasked).toBe('156******77')
    const third = (await signIn(at.store, { appid: 'wxC', unionid })).owner
    await at.store.setPhone(third, { sealed: 'd.3', masked: '133******33', atMs: 3 })
    const shown = async (owner: Requester) =>
      (await at.store.findLiveSession(owner.id))?.user.phoneMasked
    expect([await shown(one), await shown(other)]).toEqual(['156******77', '133******33'])
    expect((await at.other.removePhone(other)).phoneMasked).toBe('156******77')
    const account = await at.store.exportAccount(one)
    expect(account.identities.map(({ phoneSealed }) => phoneSealed).sort()).toEqual([
      'd.1',
      null,
      null,
    ])
    const late = at.store.setPhone({ ...one, id: 'nobody' }, { sealed: 'x', masked: 'x', atMs: 1 })
    await expect(late).rejects.toMatchObject(REVOKED)
  })

  it("knows a person in another app by that app's own openid", async () => {
    const unionid = 'U-openid'
    const one = await signIn(at.store, { openid: 'oOpenidA', unionid })
    await signIn(at.store, { appid: 'wxB', openid: 'oOpenidB', unionid })
    expect(await at.other.findOpenid(one.user.id, 'wxB')).toBe('oOpenidB')
    expect(await at.other.findOpenid(one.user.id, 'wxC')).toBeNull()
  })
}
