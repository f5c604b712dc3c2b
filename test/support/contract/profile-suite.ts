import type { User } from '../../../typings/api'
import { APPID } from '../bff'
import { refusalOf, useHost } from './host'
import type { StartHost } from './host'

interface OpenData {
  rawData: string
  signature: string
  encryptedData: string
  iv: string
}

export function describeProfile(start: StartHost): void {
  describe('PUT /v1/me', () => {
    const host = useHost(start)
    let token: string
    beforeEach(async () => {
      token = (await host().login('alice')).body.token
    })
    const put = (body: unknown) => host().send<User>('PUT', '/v1/me', body, token)

    it('stores the nickname in NFC and trimmed', async () => {
      const { status, body } = await put({ nickname: '  Zoe\u0308 👨‍👩‍👧  ' })
      expect([status, body.nickname]).toEqual([200, 'Zoë 👨‍👩‍👧'])
      expect((await host().get<User>('/v1/me', token)).body.nickname).toBe('Zoë 👨‍👩‍👧')
    })

    it('keeps absent fields, and null removes the name', async () => {
      await put({ nickname: '小明' })
      expect((await put({})).body.nickname).toBe('小明')
      expect((await put({ nickname: null })).body.nickname).toBeNull()
    })

    it('counts graphemes: 32 joined emoji pass, 33 letters do not', async () => {
      expect((await put({ nickname: '👩‍🚀'.repeat(32) })).status).toBe(200)
      expect((await put({ nickname: 'a'.repeat(33) })).status).toBe(400)
    })

    it.each([
      ['empty', ''],
      ['blank', '   '],
      ['a control character', 'a\u0007b'],
      ['a line break', 'a\nb'],
      ['a bidi override', 'a\u202eb'],
      ['invisible only', '\u200b\u200d'],
      ['a number', 7],
    ])('refuses a nickname that is %s, naming the field', async (_name, nickname) => {
      const answer = await host().send('PUT', '/v1/me', { nickname }, token)
      expect(refusalOf(answer)).toEqual([400, 'INVALID_REQUEST'])
      expect(answer.body.error.issues?.[0]?.path).toBe('nickname')
    })

    it('refuses a nickname that WeChat calls risky, and accepts it when WeChat can not check', async () => {
      expect(refusalOf(await put({ nickname: '赌博' }))).toEqual([422, 'CONTENT_REJECTED'])
      expect((await host().get<User>('/v1/me', token)).body.nickname).toBeNull()
      await host().control('faults', {
        path: '/wxa/msg_sec_check',
        mode: 'errcode',
        errcode: 61010,
      })
      expect((await put({ nickname: '小红' })).status).toBe(200)
    })

    it.each([
      ['application/json;', 200],
      ['Application/JSON ; charset="UTF-8"; profile=x', 200],
      ['application/json; charset=utf-8; charset=gbk', 415],
      ['application/json; charset=utf-16', 415],
      ['application/jsonp', 415],
    ])('answers the Content-Type %s with %i', async (type, status) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': type }
      expect((await host().call('/v1/me', { method: 'PUT', headers, body: '{}' })).status).toBe(
        status,
      )
    })

    it('refuses lone surrogates, BOM, invalid UTF-8, encodings, other types and large bodies', async () => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const gbk = { ...headers, 'content-type': 'application/json; charset=gbk' }
      const cases: [RequestInit, number][] = [
        [{ headers, body: '{"nickname":"\\ud800"}' }, 400],
        [{ headers, body: '\ufeff{"nickname":"a"}' }, 400],
        [{ headers, body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]) }, 400],
        [{ headers, body: '{"nickname":' }, 400],
        [{ headers, body: '' }, 400],
        [{ headers: { ...headers, 'content-encoding': 'gzip' }, body: '{}' }, 415],
        [{ headers: { ...headers, 'content-type': 'text/plain' }, body: '{}' }, 415],
        [{ headers: gbk, body: '{}' }, 415],
        [{ headers, body: JSON.stringify({ nickname: 'a'.repeat(17_000) }) }, 413],
      ]
      for (const [init, status] of cases) {
        const answer = await host().call('/v1/me', { method: 'PUT', ...init })
        expect([init.body, answer.status]).toEqual([init.body, status])
      }
    })
  })

  describe('POST /v1/me/wechat-profile', () => {
    const host = useHost(start)
    let token: string
    beforeEach(async () => {
      token = (await host().login('alice')).body.token
    })
    const seal = (data?: object, user = 'alice') =>
      host().control<OpenData>('open-data', {
        appid: APPID,
        user,
        kind: 'profile',
        ...(data && { data }),
      })
    const post = (body: object) => host().send<User>('POST', '/v1/me/wechat-profile', body, token)
    const codeOf = async (body: object) => refusalOf(await post(body))[1]

    it('stores the profile that WeChat encrypted for this person', async () => {
      const { status, body } = await post(await seal({ nickName: '小红', gender: 2 }))
      expect([status, body.nickname, body.gender]).toEqual([200, '小红', 2])
      expect(body.avatarUrl).toMatch(/^https:\/\//)
      expect((await host().get<User>('/v1/me', token)).body).toEqual(body)
    })

    it('accepts an anonymous profile, and changes nothing', async () => {
      await post(await seal({ nickName: '小红' }))
      const { status, body } = await post(await seal({ nickName: '微信用户' }))
      expect([status, body.nickname]).toEqual([200, '小红'])
    })

    it('accepts the rest of a profile whose name is invalid here', async () => {
      const { status, body } = await post(await seal({ nickName: '长'.repeat(33), gender: 1 }))
      expect([status, body.nickname, body.gender]).toEqual([200, null, 1])
      expect(body.avatarUrl).toMatch(/^https:\/\//)
    })

    it('gives the same answer to every kind of forgery', async () => {
      const good = await seal()
      const otherPerson = await seal(undefined, 'bob')
      const forged = [
        { ...good, rawData: good.rawData.replace('nickName', 'nickname') },
        { ...good, signature: 'a'.repeat(40) },
        { ...good, signature: good.signature.toUpperCase() },
        { ...good, encryptedData: otherPerson.encryptedData },
        { ...good, encryptedData: good.encryptedData.slice(4) },
        { ...good, iv: Buffer.alloc(16).toString('base64') },
        { ...good, iv: `${good.iv} ` },
        { ...good, iv: 'AAAA' },
        otherPerson,
      ]
      for (const body of forged) expect(await codeOf(body)).toBe('OPEN_DATA_INVALID')
    })

    it('refuses data older than five minutes', async () => {
      const body = await seal()
      host().clock.offsetMs = 301_000
      expect(await codeOf(body)).toBe('OPEN_DATA_INVALID')
    })

    it('answers SESSION_KEY_STALE when a later login replaced the key of the data', async () => {
      const body = await seal()
      await host().control('users/alice/expire-session')
      await host().login('alice')
      expect(await codeOf(body)).toBe('SESSION_KEY_STALE')
      // WeChat returns the same key again, so the key of the data is still the previous one.
      await host().login('alice')
      expect(await codeOf(body)).toBe('SESSION_KEY_STALE')
    })

    it('distinguishes an old key from a forgery when the key expired at WeChat', async () => {
      await host().control('users/alice/expire-session')
      expect(refusalOf(await post(await seal()))).toEqual([409, 'SESSION_KEY_STALE'])
    })
  })
}
