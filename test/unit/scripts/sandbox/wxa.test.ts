import { MINI, OFFICIAL, errcodeOf, secretOf, startClient } from './client'
import type { Client, Json } from './client'

let wechat: Client
let access_token: string
let openid: string

beforeEach(async () => {
  wechat = await startClient()
  access_token = await fetchToken(MINI)
  openid = String((await wechat.exchange(await wechat.loginCode('alice'))).json['openid'])
})
afterEach(() => wechat.stop())

async function fetchToken(appid: string): Promise<string> {
  const body = { grant_type: 'client_credential', appid, secret: secretOf(appid) }
  return String((await wechat.post('/cgi-bin/stable_token', {}, body)).json['access_token'])
}

const post = (path: string, body: unknown, token = access_token) =>
  wechat.post(path, { access_token: token }, body)

describe('/wxa/business/getuserphonenumber', () => {
  const issue = async (more: Json = {}): Promise<string> =>
    String((await wechat.control('phone-code', { appid: MINI, user: 'alice', ...more }))['code'])
  const fetchNumber = (body: unknown, token?: string) =>
    post('/wxa/business/getuserphonenumber', body, token)

  test('a code yields the number, once', async () => {
    const code = await issue({ phone: '13580006666' })
    expect(code).toMatch(/^[\da-f]{64}$/)
    const reply = await fetchNumber({ code })
    expect(reply.type).toBe('application/json')
    expect(reply.json).toEqual({
      errcode: 0,
      errmsg: 'ok',
      phone_info: {
        phoneNumber: '13580006666',
        purePhoneNumber: '13580006666',
        countryCode: '86',
        watermark: { timestamp: expect.any(Number), appid: MINI },
      },
    })
    expect(errcodeOf(await fetchNumber({ code }))).toBe(40029)
  })

  test('a foreign number starts with its country code', async () => {
    const code = await issue({ phone: '+852-91234567' })
    expect((await fetchNumber({ code })).json['phone_info']).toMatchObject({
      phoneNumber: '+85291234567',
      purePhoneNumber: '91234567',
      countryCode: '852',
    })
  })

  test('is valid for five minutes; not a login code, nor one of another app', async () => {
    const code = await issue()
    const foreign = await fetchNumber({ code }, await fetchToken(OFFICIAL))
    expect(errcodeOf(foreign)).toBe(40013)
    expect(errcodeOf(await fetchNumber({ code: await wechat.loginCode('alice') }))).toBe(40029)
    await wechat.advance(301)
    expect(errcodeOf(await fetchNumber({ code }))).toBe(40029)
  })

  test('an openid, if given, must match the code', async () => {
    await wechat.loginCode('bob')
    const code = await issue({ user: 'bob' })
    expect(errcodeOf(await fetchNumber({ code, openid }))).toBe(40003)
    expect(errcodeOf(await fetchNumber({ code: await issue(), openid }))).toBe(0)
  })

  test('wrong bodies', async () => {
    expect(errcodeOf(await fetchNumber(''))).toBe(44002)
    expect(errcodeOf(await fetchNumber('{'))).toBe(47001)
    expect(errcodeOf(await fetchNumber('[]'))).toBe(47001)
    expect(errcodeOf(await fetchNumber({}))).toBe(40029)
    expect(errcodeOf(await wechat.get('/wxa/business/getuserphonenumber'))).toBe(43002)
  })
})

describe('/wxa/msg_sec_check', () => {
  const check = (content: string, more: Json = {}) =>
    post('/wxa/msg_sec_check', { content, version: 2, scene: 1, openid, ...more })

  test('passes a plain name', async () => {
    const { json } = await check('小明')
    expect(json).toMatchObject({
      errcode: 0,
      errmsg: 'ok',
      result: { suggest: 'pass', label: 100 },
    })
    expect(json['trace_id']).toEqual(expect.any(String))
    expect(json['detail']).toEqual(expect.any(Array))
  })

  test.each([
    ['赌 博', 'risky', 20006],
    ['FUCK', 'risky', 20003],
    ['特3456书yuuo莞6543李zxcz蒜7782法fgnv级', 'risky', 20002],
    ['加微信', 'review', 10001],
  ])('%s is %s', async (content, suggest, label) => {
    expect((await check(content)).json['result']).toEqual({ suggest, label })
  })

  test('checks nickname and title too', async () => {
    expect((await check('hi', { nickname: '赌博' })).json['result']).toMatchObject({
      suggest: 'risky',
    })
  })

  test('61010 for a person who was absent for two hours', async () => {
    await wechat.advance(2 * 3600 - 5)
    access_token = await fetchToken(MINI)
    expect(errcodeOf(await check('小明'))).toBe(0)
    await wechat.advance(10)
    expect(errcodeOf(await check('小明'))).toBe(61010)
    await wechat.loginCode('alice')
    expect(errcodeOf(await check('小明'))).toBe(0)
  })

  test('refuses wrong calls', async () => {
    const official = await wechat.exchange(await wechat.loginCode('alice', OFFICIAL), {
      appid: OFFICIAL,
      secret: secretOf(OFFICIAL),
    })
    expect(errcodeOf(await check('a', { openid: official.json['openid'] }))).toBe(43104)
    expect(errcodeOf(await check('a', { openid: 'x' }))).toBe(40003)
    expect(errcodeOf(await check('a', { scene: 9 }))).toBe(40129)
    expect(errcodeOf(await check('a'.repeat(2501)))).toBe(45002)
    expect(errcodeOf(await check(''))).toBe(44002)
    expect(errcodeOf(await post('/wxa/msg_sec_check', '{"content"'))).toBe(47001)
    expect(errcodeOf(await post('/wxa/msg_sec_check', { content: 'a' }, 'x'))).toBe(40001)
  })

  test('version 1: 87014 or ok, for anybody', async () => {
    expect(errcodeOf(await post('/wxa/msg_sec_check', { content: '赌博' }))).toBe(87014)
    expect((await post('/wxa/msg_sec_check', { content: '小明' })).json).toEqual({
      errcode: 0,
      errmsg: 'ok',
    })
  })
})

describe('/wxa/media_check_async', () => {
  const check = (more: Json = {}) =>
    post('/wxa/media_check_async', {
      media_url: 'https://example.com/a.png',
      media_type: 2,
      version: 2,
      scene: 1,
      openid,
      ...more,
    })

  test('accepts a picture and returns a trace_id', async () => {
    const { json } = await check()
    expect(json).toEqual({ errcode: 0, errmsg: 'ok', trace_id: expect.any(String) })
  })

  test('refuses wrong calls, and an absent person', async () => {
    expect(errcodeOf(await check({ media_url: 'a.png' }))).toBe(47001)
    expect(errcodeOf(await check({ media_type: 3 }))).toBe(47001)
    await wechat.advance(7100)
    access_token = await fetchToken(MINI)
    await wechat.advance(200)
    expect(errcodeOf(await check())).toBe(61010)
  })
})

describe('/wxa/getpaidunionid', () => {
  const ask = (query: Record<string, string>) =>
    wechat.get('/wxa/getpaidunionid', { access_token, openid, ...query })

  test('works by either number of a trade', async () => {
    const transaction_id = '4200001234202601010000000001'
    const { json } = await ask({ transaction_id })
    expect(json).toEqual({ unionid: expect.stringMatching(/^o/), errcode: 0, errmsg: 'ok' })
    const trade = { mch_id: '1900000109', out_trade_no: 'order-0001' }
    expect(errcodeOf(await ask(trade))).toBe(0)
  })

  test('no trade is 89300, an unknown person 40003', async () => {
    expect(errcodeOf(await ask({}))).toBe(89300)
    expect(errcodeOf(await ask({ mch_id: '1900000109' }))).toBe(89300)
    expect(errcodeOf(await ask({ openid: 'x' }))).toBe(40003)
  })
})

test('an endpoint WeChat does not have', async () => {
  const reply = await wechat.get('/wxa/nothing')
  expect([reply.status, errcodeOf(reply)]).toEqual([404, 40066])
})
