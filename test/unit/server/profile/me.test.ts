/** GET and PUT /v1/me, logout, and the open data of old clients, over real HTTP. */
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

  it('changes the nickname, in NFC and trimmed, and it is on disk', async () => {
    const { status, body } = await put({ nickname: '  Zoe\u0308 👨‍👩‍👧  ' })
    expect([status, body.nickname]).toEqual([200, 'Zoë 👨‍👩‍👧'])
    expect(bff.rows('SELECT nickname FROM users')).toEqual([{ nickname: 'Zoë 👨‍👩‍👧' }])
    expect((await bff.get<User>('/v1/me', token)).body.nickname).toBe('Zoë 👨‍👩‍👧')
  })

  it('leaves absent fields as they are', async () => {
    await put({ nickname: '小明' })
    expect((await put({})).body.nickname).toBe('小明')
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
    const answer = await bff.send('PUT', '/v1/me', { nickname }, token)
    expect([answer.status, answer.body.error.code]).toEqual([400, 'INVALID_REQUEST'])
    expect(answer.body.error.issues?.[0]?.path).toBe('nickname')
  })

  it.each([
    ['application/json;', 200],
    ['Application/JSON ; charset="UTF-8"; profile=x', 200],
    ['application/json; charset=utf-8; charset=gbk', 415],
    ['application/json; charset=utf-16', 415],
    ['application/jsonp', 415],
  ])('answers the Content-Type %s with %i', async (type, status) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': type }
    expect((await bff.call('/v1/me', { method: 'PUT', headers, body: '{}' })).status).toBe(status)
  })

  it('refuses lone surrogates, BOM, bad UTF-8, encodings, other types and large bodies', async () => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const cases: [RequestInit, number][] = [
      [{ headers, body: '{"nickname":"\\ud800"}' }, 400],
      [{ headers, body: '\ufeff{"nickname":"a"}' }, 400],
      [{ headers, body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]) }, 400],
      [{ headers, body: '{"nickname":' }, 400],
      [{ headers: { ...headers, 'content-encoding': 'gzip' }, body: '{}' }, 415],
      [{ headers: { ...headers, 'content-type': 'text/plain' }, body: '{}' }, 415],
      [
        { headers: { ...headers, 'content-type': 'application/json; charset=gbk' }, body: '{}' },
        415,
      ],
      [{ headers, body: JSON.stringify({ nickname: 'a'.repeat(17_000) }) }, 413],
    ]
    for (const [init, status] of cases) {
      expect((await bff.call('/v1/me', { method: 'PUT', ...init })).status).toBe(status)
    }
  })
})

describe('POST /v1/me/wechat-profile', () => {
  const seal = (data?: object, user = 'alice') =>
    bff.control<OpenData>('open-data', {
      appid: APPID,
      user,
      kind: 'profile',
      ...(data && { data }),
    })
  const post = (body: object) => bff.send<User>('POST', '/v1/me/wechat-profile', body, token)
  const codeOf = async (body: object) => {
    const answer = await bff.send('POST', '/v1/me/wechat-profile', body, token)
    return answer.body.error.code
  }

  it('stores what WeChat sealed for this person', async () => {
    const { status, body } = await post(await seal({ nickName: '小红', gender: 2 }))
    expect([status, body.nickname, body.gender]).toEqual([200, '小红', 2])
    expect(body.avatarUrl).toMatch(/^https:\/\//)
    expect(bff.rows('SELECT nickname FROM users')).toEqual([{ nickname: '小红' }])
  })

  it('takes an anonymous profile, and changes nothing', async () => {
    await post(await seal({ nickName: '小红' }))
    const { status, body } = await post(await seal({ nickName: '微信用户' }))
    expect([status, body.nickname]).toEqual([200, '小红'])
  })

  it('takes the rest of a profile whose name can be none here', async () => {
    const { status, body } = await post(await seal({ nickName: '长'.repeat(33), gender: 1 }))
    expect([status, body.nickname, body.gender]).toEqual([200, null, 1])
    expect(body.avatarUrl).toMatch(/^https:\/\//)
  })

  it('gives one answer to every kind of forgery', async () => {
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

  it('refuses data that is older than five minutes', async () => {
    const body = await seal()
    bff.clock.offsetMs = 301_000
    expect(await codeOf(body)).toBe('OPEN_DATA_INVALID')
  })

  it('says SESSION_KEY_STALE when a later login replaced the key that sealed it', async () => {
    const body = await seal()
    await bff.control('users/alice/expire-session')
    await bff.login('alice')
    expect(await codeOf(body)).toBe('SESSION_KEY_STALE')
    // WeChat answers the same key again: the one that sealed the data is still the one before.
    await bff.login('alice')
    expect(await codeOf(body)).toBe('SESSION_KEY_STALE')
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

describe('the life of a session', () => {
  const HOUR_MS = 3_600_000
  const at = async (hours: number) => {
    bff.clock.offsetMs = hours * HOUR_MS
    return (await bff.get('/v1/me', token)).status
  }

  it('slides while it is used, ends when idle for 7 days', async () => {
    expect(await at(6 * 24)).toBe(200)
    await new Promise(setImmediate)
    expect(await at(12 * 24)).toBe(200)
    expect(await at(19.1 * 24)).toBe(401)
  })
})
