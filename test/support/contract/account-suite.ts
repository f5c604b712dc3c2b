import type { User } from '../../../typings/api'
import { APPID } from '../bff'
import { refusalOf, useHost } from './host'
import type { StartHost } from './host'

const PHONE = '13912345678'

export function describeAccount(start: StartHost): void {
  describe('the phone number', () => {
    const host = useHost(start)
    let token: string
    beforeEach(async () => {
      token = (await host().login('alice')).body.token
    })
    const phoneCode = async (user = 'alice') => {
      const body = { appid: APPID, user, phone: PHONE }
      return (await host().control<{ code: string }>('phone-code', body)).code
    }
    const post = (body: object) => host().send<User>('POST', '/v1/me/phone', body, token)
    const errorOf = async (body: object) => refusalOf(await post(body))

    it('is bound by a code, and shown masked', async () => {
      const { status, body } = await post({ code: await phoneCode() })
      expect([status, body.phone]).toEqual([200, '139******78'])
    })

    it('is bound by encrypted data from old clients', async () => {
      const { encryptedData, iv } = await host().control<{ encryptedData: string; iv: string }>(
        'open-data',
        {
          appid: APPID,
          user: 'alice',
          kind: 'phone',
          data: { phoneNumber: PHONE, purePhoneNumber: PHONE },
        },
      )
      expect((await post({ encryptedData, iv })).body.phone).toBe('139******78')
    })

    it('rejects a code used twice, a login code, and a code of another person', async () => {
      const code = await phoneCode()
      await post({ code })
      expect(await errorOf({ code })).toEqual([400, 'WX_CODE_USED'])
      expect(await errorOf({ code: await host().newCode() })).toEqual([400, 'WX_CODE_INVALID'])
      expect(await errorOf({ code: await phoneCode('bob') })).toEqual([400, 'WX_CODE_INVALID'])
      const forged = { encryptedData: 'AAAA', iv: 'AAAA' }
      expect(await errorOf(forged)).toEqual([400, 'OPEN_DATA_INVALID'])
    })

    it.each([
      [{}, ['code']],
      [{ code: 5 }, ['code']],
      [{ code: 'a', iv: 'b' }, ['body']],
      [{ encryptedData: 'AAAA' }, ['iv']],
      [{ encryptedData: 'AAAA', iv: 7 }, ['iv']],
    ])('names the error in %j', async (odd, paths) => {
      const { status, body } = await host().send('POST', '/v1/me/phone', odd, token)
      expect([status, body.error.code]).toEqual([400, 'INVALID_REQUEST'])
      expect(body.error.issues?.map(({ path }) => path)).toEqual(paths)
    })

    it('causes at most 30 calls to WeChat per minute', async () => {
      for (let n = 0; n < 30; n++) {
        expect(await errorOf({ code: `wrong-${n}` })).toEqual([400, 'WX_CODE_INVALID'])
      }
      expect(await errorOf({ code: await phoneCode() })).toEqual([429, 'RATE_LIMITED'])
    })
  })

  describe('the account', () => {
    const host = useHost(start)
    const tokenOf = async (user = 'alice') => (await host().login(user)).body.token
    const remove = (path: string, token: string) =>
      host().call<User>(path, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${token}` },
      })

    it('is exported completely except session keys', async () => {
      const token = await tokenOf()
      const { code } = await host().control<{ code: string }>('phone-code', {
        appid: APPID,
        user: 'alice',
        phone: PHONE,
      })
      await host().send('POST', '/v1/me/phone', { code }, token)
      await host().send('PUT', '/v1/me', { nickname: '小红' }, token)
      const { status, body } = await host().get<Record<string, unknown>>('/v1/me/export', token)
      expect(status).toBe(200)
      expect(body).toEqual({
        user: expect.objectContaining({ nickname: '小红', avatarUrl: null }),
        identities: [
          expect.objectContaining({
            appid: APPID,
            phone: { purePhoneNumber: PHONE, countryCode: '86' },
          }),
        ],
        sessions: [expect.objectContaining({ device: expect.any(String) })],
        avatar: null,
        mergedFrom: [],
      })
      expect(JSON.stringify(body)).not.toMatch(/session_?key|sealed/i)
    })

    it('answers ACCOUNT_DELETED to every device once it is deleted, and a login creates a new one', async () => {
      const [mine, other, bob] = [await tokenOf(), await tokenOf(), await host().login('bob')]
      const { id } = (await host().get<User>('/v1/me', mine)).body
      expect((await remove('/v1/me', mine)).status).toBe(204)
      for (const token of [mine, other]) {
        expect(refusalOf(await host().get('/v1/me', token))).toEqual([401, 'ACCOUNT_DELETED'])
      }
      expect((await host().get<User>('/v1/me', bob.body.token)).body.id).toBe(bob.body.user.id)
      const again = await host().login('alice')
      expect([again.body.isNew, again.body.user.id === id]).toEqual([true, false])
    })

    it('can remove the name, the picture and the phone number', async () => {
      const token = await tokenOf()
      for (const [path, field] of [
        ['/v1/me/phone', 'phone'],
        ['/v1/me/avatar', 'avatarUrl'],
      ] as const) {
        const { status, body } = await remove(path, token)
        expect([status, body[field]]).toEqual([200, null])
      }
    })
  })
}
