/**
 * A nickname, encrypted data of old clients and a log-out: their effects on disk;
 * test/support/contract has the rest.
 */
import type { User } from '../../../../typings/api'
import { APPID, startTestBff } from '../../../support/bff'
import type { TestBff } from '../../../support/bff'

interface OpenData {
  rawData: string
  signature: string
  encryptedData: string
  iv: string
}

let bff: TestBff
let token: string
beforeEach(async () => {
  bff = await startTestBff()
  token = (await bff.login('alice')).body.token
})
afterEach(() => bff.stop())

describe('PUT /v1/me', () => {
  const put = (body: unknown) => bff.send<User>('PUT', '/v1/me', body, token)

  it('stores the nickname on disk, in NFC and trimmed', async () => {
    const { status, body } = await put({ nickname: '  Zoe\u0308 👨‍👩‍👧  ' })
    expect([status, body.nickname]).toEqual([200, 'Zoë 👨‍👩‍👧'])
    expect(bff.rows('SELECT nickname FROM users')).toEqual([{ nickname: 'Zoë 👨‍👩‍👧' }])
    expect((await bff.get<User>('/v1/me', token)).body.nickname).toBe('Zoë 👨‍👩‍👧')
  })
})

describe('POST /v1/me/wechat-profile', () => {
  const seal = (data: object) =>
    bff.control<OpenData>('open-data', { appid: APPID, user: 'alice', kind: 'profile', data })
  const post = (body: object) => bff.send<User>('POST', '/v1/me/wechat-profile', body, token)

  it('stores the profile that WeChat encrypted for this person', async () => {
    const { status, body } = await post(await seal({ nickName: '小红', gender: 2 }))
    expect([status, body.nickname, body.gender]).toEqual([200, '小红', 2])
    expect(body.avatarUrl).toMatch(/^https:\/\//)
    expect(bff.rows('SELECT nickname FROM users')).toEqual([{ nickname: '小红' }])
  })
})

describe('POST /v1/logout', () => {
  it('ends this session at once, on disk, and no other', async () => {
    const other = (await bff.login('alice')).body.token
    expect(bff.rows('SELECT id FROM sessions')).toHaveLength(2)
    expect((await bff.send('POST', '/v1/logout', {}, token)).status).toBe(204)
    expect(bff.rows('SELECT id FROM sessions')).toHaveLength(1)
    const after = await bff.get('/v1/me', token)
    expect([after.status, after.body.error.code]).toEqual([401, 'SESSION_REVOKED'])
    expect((await bff.get('/v1/me', other)).status).toBe(200)
  })
})
