/**
 * A phone number and a deleted account: their effects on disk; test/support/contract has the rest.
 */
import type { User } from '../../../../typings/api'
import { SANDBOX_OFFICIAL_ACCOUNT } from '../../../../scripts/lib/defaults'
import { APPID, startTestBff } from '../../../support/bff'
import type { TestBff } from '../../../support/bff'
import { maskPhone } from '../../../../server/profile/phone'

const PHONE = '13912345678'

let bff: TestBff
let token: string
beforeEach(async () => {
  bff = await startTestBff()
  token = (await bff.login('alice')).body.token
})
afterEach(() => bff.stop())

const phoneCode = async (user = 'alice', appid = APPID) =>
  (await bff.control<{ code: string }>('phone-code', { appid, user, phone: PHONE })).code
const post = (body: object) => bff.send<User>('POST', '/v1/me/phone', body, token)
const errorOf = async (body: object) => {
  const answer = await bff.send('POST', '/v1/me/phone', body, token)
  return [answer.status, answer.body.error.code]
}

describe('POST /v1/me/phone', () => {
  it('accepts a code, shows the number masked, and stores it encrypted', async () => {
    const { status, body } = await post({ code: await phoneCode() })
    expect([status, body.phone]).toEqual([200, '139******78'])
    const stored = JSON.stringify(bff.rows('SELECT * FROM identities'))
    expect(stored.includes(PHONE)).toBe(false)
    expect(JSON.stringify(bff.logger.lines).includes(PHONE)).toBe(false)
  })

  it('refuses a code used twice, a login code, a code of another person or app, and invalid bodies', async () => {
    const code = await phoneCode()
    await post({ code })
    expect(await errorOf({ code })).toEqual([400, 'WX_CODE_USED'])
    expect(await errorOf({ code: await bff.newCode() })).toEqual([400, 'WX_CODE_INVALID'])
    expect(await errorOf({ code: await phoneCode('bob') })).toEqual([400, 'WX_CODE_INVALID'])
    const ofOtherApp = await phoneCode('alice', SANDBOX_OFFICIAL_ACCOUNT)
    expect(await errorOf({ code: ofOtherApp })).toEqual([400, 'WX_CODE_INVALID'])
    expect(bff.logger.lines.filter(({ alert }) => alert === true)).toEqual([])
    expect(await errorOf({ encryptedData: 'AAAA', iv: 'AAAA' })).toEqual([400, 'OPEN_DATA_INVALID'])
  })

  it('masks numbers of every length', () => {
    expect(maskPhone('15612345677')).toBe('156******77')
    expect(maskPhone('123456')).toBe('123*56')
    expect(maskPhone('1234')).toBe('****')
  })
})

describe('DELETE /v1/me', () => {
  it('removes this user from every table, and changes nothing of others', async () => {
    const bob = (await bff.login('bob')).body
    const other = (await bff.login('alice')).body.token
    const { body } = await bff.get<User>('/v1/me', token)
    expect(
      (
        await bff.call('/v1/me', {
          method: 'DELETE',
          headers: { authorization: `Bearer ${token}` },
        })
      ).status,
    ).toBe(204)
    for (const dead of [token, other]) {
      expect((await bff.get('/v1/me', dead)).body.error.code).toBe('ACCOUNT_DELETED')
    }
    for (const table of ['users', 'identities', 'sessions', 'avatars']) {
      expect(JSON.stringify(bff.rows(`SELECT * FROM ${table}`))).not.toContain(body.id)
    }
    expect((await bff.get<User>('/v1/me', bob.token)).body.id).toBe(bob.user.id)
    const again = await bff.login('alice')
    expect([again.body.isNew, again.body.user.id === body.id]).toEqual([true, false])
  })
})

describe("WeChat's content check of a nickname", () => {
  const put = (nickname: string) => bff.send('PUT', '/v1/me', { nickname }, token)
  const withPolicy = async (CONTENT_CHECK: string) => {
    await bff.stop()
    bff = await startTestBff({ CONTENT_CHECK })
    token = (await bff.login('alice')).body.token
  }
  const breakCheck = () =>
    bff.control('faults', { path: '/wxa/msg_sec_check', mode: 'errcode', errcode: 61010 })

  it('refuses what WeChat calls risky', async () => {
    const answer = await put('赌博')
    expect([answer.status, answer.body.error.code]).toEqual([422, 'CONTENT_REJECTED'])
    expect(bff.rows('SELECT nickname FROM users')).toEqual([{ nickname: null }])
  })

  it('accepts when lenient and WeChat can not check, refuses when strict, never checks when off', async () => {
    await breakCheck()
    expect((await put('小红')).status).toBe(200)
    await withPolicy('strict')
    await breakCheck()
    expect((await put('小红')).body.error.code).toBe('WX_UNAVAILABLE')
    await withPolicy('off')
    expect((await put('赌博')).status).toBe(200)
  })
})
