import { createDecipheriv, createHash, createHmac } from 'node:crypto'
import { MINI, errcodeOf, secretOf, startClient } from './client'
import type { Client, Json } from './client'

let wechat: Client
let accessToken: string

beforeEach(async () => {
  wechat = await startClient()
  accessToken = await fetchToken()
})
afterEach(() => wechat.stop())

async function fetchToken(): Promise<string> {
  const query = { grant_type: 'client_credential', appid: MINI, secret: secretOf(MINI) }
  return String((await wechat.get('/cgi-bin/token', query)).json['access_token'])
}

const DAY = 24 * 3600

async function logIn(user: string): Promise<{ openid: string; key: string }> {
  const { json } = await wechat.exchange(await wechat.loginCode(user))
  return { openid: String(json['openid']), key: String(json['session_key']) }
}

const hmac = (key: string | Buffer): string => createHmac('sha256', key).update('').digest('hex')

const askSession = (
  path: string,
  openid: string,
  signature: string,
  change: Record<string, string> = {},
) =>
  wechat.get(path, {
    access_token: accessToken,
    openid,
    signature,
    sig_method: 'hmac_sha256',
    ...change,
  })

async function isValid(user = 'alice'): Promise<unknown> {
  return (await wechat.control('check-session', { appid: MINI, user }))['valid']
}

function unseal(sealed: Json, key: string): Json {
  const decipher = createDecipheriv(
    'aes-128-cbc',
    Buffer.from(key, 'base64'),
    Buffer.from(String(sealed['iv']), 'base64'),
  )
  const text =
    decipher.update(String(sealed['encryptedData']), 'base64', 'utf8') + decipher.final('utf8')
  return JSON.parse(text) as Json
}

describe('one key per person', () => {
  test('stays the same for logins in quick succession, and is replaced after the refresh period', async () => {
    const { key } = await logIn('alice')
    expect((await logIn('alice')).key).toBe(key)
    await wechat.advance(600)
    const renewed = (await logIn('alice')).key
    expect(renewed).not.toBe(key)
    expect((await logIn('bob')).key).not.toBe(renewed)
  })

  test('a new code replaces the key before it is exchanged', async () => {
    const { openid, key } = await logIn('alice')
    await wechat.advance(600)
    await wechat.loginCode('alice')
    expect(await isValid()).toBe(true)
    expect(errcodeOf(await askSession('/wxa/checksession', openid, hmac(key)))).toBe(87009)
  })

  test('expires unused after days, and is extended by use', async () => {
    expect(await isValid()).toBe(false)
    await logIn('alice')
    await wechat.advance(2 * DAY)
    expect(await isValid()).toBe(true)
    await wechat.loginCode('alice')
    await wechat.advance(2 * DAY)
    expect(await isValid()).toBe(true)
    await wechat.advance(2 * DAY)
    expect(await isValid()).toBe(false)
  })

  test('a login that keeps the key extends it too', async () => {
    await logIn('alice')
    await wechat.advance(200)
    await wechat.loginCode('alice')
    await wechat.advance(3 * DAY - 100)
    expect(await isValid()).toBe(true)
  })

  test('expire-session ends it; the next login creates a new one', async () => {
    const { key } = await logIn('alice')
    expect(await wechat.control('users/alice/expire-session')).toEqual({ expired: [MINI] })
    expect(await wechat.control('users/alice/expire-session')).toEqual({ expired: [] })
    expect(await isValid()).toBe(false)
    expect((await logIn('alice')).key).not.toBe(key)
    expect(await isValid()).toBe(true)
  })
})

describe('/wxa/checksession', () => {
  test('is ok for the key as text, 87009 for the decoded key and for any other', async () => {
    const { openid, key } = await logIn('alice')
    const reply = await askSession('/wxa/checksession', openid, hmac(key))
    expect(reply.json).toEqual({ errcode: 0, errmsg: 'ok' })
    expect(reply.type).toBe('application/json')
    const decoded = hmac(Buffer.from(key, 'base64'))
    expect(errcodeOf(await askSession('/wxa/checksession', openid, decoded))).toBe(87009)
    expect(errcodeOf(await askSession('/wxa/checksession', openid, 'x'))).toBe(87009)
    await wechat.control('users/alice/expire-session')
    expect(errcodeOf(await askSession('/wxa/checksession', openid, hmac(key)))).toBe(87009)
  })

  test.each([
    ['another method of signing', { sig_method: 'md5' }, 87008],
    ['an unknown openid', { openid: 'o-nobody' }, 40003],
    ['no token', { access_token: '' }, 41001],
    ['a wrong token', { access_token: 'x' }, 40001],
  ])('%s', async (_, change, errcode) => {
    const { openid, key } = await logIn('alice')
    const reply = await askSession('/wxa/checksession', openid, hmac(key), change)
    expect(errcodeOf(reply)).toBe(errcode)
    expect(reply.json['errmsg']).toMatch(/[^,] rid: [\da-f-]{26}$/)
  })
})

describe('/wxa/resetusersessionkey', () => {
  test('returns a new key; the old one ends at once; the expiry is inherited', async () => {
    const { openid, key } = await logIn('alice')
    await wechat.advance(2 * DAY)
    accessToken = await fetchToken()
    const reply = await askSession('/wxa/resetusersessionkey', openid, hmac(key))
    expect(reply.json).toMatchObject({ errcode: 0, errmsg: 'ok', openid })
    const fresh = String(reply.json['session_key'])
    expect(fresh).not.toBe(key)
    expect(errcodeOf(await askSession('/wxa/checksession', openid, hmac(key)))).toBe(87009)
    expect(errcodeOf(await askSession('/wxa/checksession', openid, hmac(fresh)))).toBe(0)
    await wechat.advance(DAY)
    expect(await isValid()).toBe(false)
  })

  test('87007 when the key has expired, 87009 for a wrong signature', async () => {
    const { openid, key } = await logIn('alice')
    expect(errcodeOf(await askSession('/wxa/resetusersessionkey', openid, 'x'))).toBe(87009)
    await wechat.control('users/alice/expire-session')
    expect(errcodeOf(await askSession('/wxa/resetusersessionkey', openid, hmac(key)))).toBe(87007)
  })
})

describe('open-data', () => {
  const openData = (kind: string, data?: Json) =>
    wechat.control('open-data', { appid: MINI, user: 'alice', kind, ...(data && { data }) })

  test('profile: signed, a named person, no openId inside', async () => {
    const { key } = await logIn('alice')
    const profile = await openData('profile')
    const raw = String(profile['rawData'])
    expect(profile['signature']).toBe(
      createHash('sha1')
        .update(raw + key)
        .digest('hex'),
    )
    const shown = JSON.parse(raw) as Json
    expect(shown['nickName']).toBe('alice')
    expect(shown['avatarUrl']).toMatch(/^https:\/\//)
    const { watermark, ...inside } = unseal(profile, key)
    expect(inside).toEqual(shown)
    expect(watermark).toMatchObject({ appid: MINI })
    const { timestamp } = watermark as { timestamp: number }
    expect(Math.abs(timestamp - Date.now() / 1000)).toBeLessThan(60)
  })

  test('data overrides, ids and watermark inside only', async () => {
    const { key } = await logIn('alice')
    const watermark = { timestamp: 1, appid: 'wx-other' }
    const profile = await openData('profile', { nickName: '小明', watermark })
    expect(JSON.parse(String(profile['rawData']))).toMatchObject({ nickName: '小明' })
    expect(String(profile['rawData'])).not.toContain('watermark')
    expect(unseal(profile, key)).toMatchObject({ nickName: '小明', watermark })
  })

  test('openid: holds openId and unionId', async () => {
    const { key, openid } = await logIn('alice')
    const inside = unseal(await openData('openid'), key)
    expect(inside['openId']).toBe(openid)
    expect(inside['unionId']).toMatch(/^o/)
  })

  test('phone: the old form of the number', async () => {
    const { key } = await logIn('alice')
    await wechat.control('phone-code', { appid: MINI, user: 'alice', phone: '13580006666' })
    const phone = await openData('phone')
    expect(unseal(phone, key)).toMatchObject({
      phoneNumber: '13580006666',
      purePhoneNumber: '13580006666',
      countryCode: '86',
      watermark: { appid: MINI },
    })
    expect(phone['rawData']).toBe('')
  })

  test('with an expired key it is encrypted with one that no server receives', async () => {
    const { key } = await logIn('alice')
    await wechat.control('users/alice/expire-session')
    const profile = await openData('profile')
    const signature = createHash('sha1').update(String(profile['rawData']) + key)
    expect(profile['signature']).not.toBe(signature.digest('hex'))
    expect(await isValid()).toBe(false)
  })
})
