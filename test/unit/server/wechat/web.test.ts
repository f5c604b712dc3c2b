/** WeChat's features for the web: codes of pages, tickets, mini-program codes, links to WeChat. */
import type { ServerResponse } from 'node:http'
import { createSandbox } from '../../../../scripts/sandbox/sandbox'
import { newDeadline } from '../../../../server/wechat/endpoint'
import { authorizeUrl } from '../../../../server/wechat/authorize-url'
import { createWechat } from '../../../../server/wechat/wechat'
import type { Wechat } from '../../../../server/wechat/wechat'
import { startStandInWechat } from '../../../support/stand-in-wechat'
import type { StandInWechat } from '../../../support/stand-in-wechat'

const APPID = 'wx5a6dbc0000000002'
const APP = { appid: APPID, secret: `sandbox-secret-${APPID}`, type: 'official' } as const
const REDIRECT = 'https://example.com/v1/web/callback?a=1&b=二'

describe('a link to WeChat', () => {
  const wish = { appid: APPID, redirectUri: REDIRECT, state: 'S1' }
  const encoded = 'https%3A%2F%2Fexample.com%2Fv1%2Fweb%2Fcallback%3Fa%3D1%26b%3D%E4%BA%8C'

  it('has its parameters in the order of WeChat, and the fragment', () => {
    expect(authorizeUrl('https://open.weixin.qq.com', { ...wish, scope: 'snsapi_base' })).toBe(
      `https://open.weixin.qq.com/connect/oauth2/authorize?appid=${APPID}&redirect_uri=${encoded}` +
        '&response_type=code&scope=snsapi_base&state=S1#wechat_redirect',
    )
    expect(authorizeUrl('http://127.0.0.1:1', { ...wish, scope: 'snsapi_login' })).toMatch(
      /^http:\/\/127\.0\.0\.1:1\/connect\/qrconnect\?appid=/,
    )
  })
})

describe('the code of a page, at the sandbox', () => {
  const sandbox = createSandbox()
  let url: string
  let wechat: Wechat
  beforeAll(async () => {
    ;({ url } = await sandbox.listen(0))
    wechat = createWechat({ baseUrl: url, timeoutMs: 3000 })
  })
  afterAll(async () => {
    await wechat.close()
    await sandbox.close()
  })

  async function agree(scope: 'snsapi_base' | 'snsapi_userinfo'): Promise<string> {
    const wish = { appid: APPID, redirectUri: REDIRECT, scope, state: 'S1' }
    const answer = await fetch(authorizeUrl(url, wish), {
      method: 'POST',
      body: new URLSearchParams({ decision: 'allow', user: 'alice' }),
      redirect: 'manual',
    })
    return new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? ''
  }

  it('identifies the person, with a profile only if it was granted', async () => {
    const silent = await wechat.exchangeWebCode(APP, await agree('snsapi_base'), newDeadline())
    expect(silent).toMatchObject({ unionid: null, isSnapshotUser: false, profile: null })
    const full = await wechat.exchangeWebCode(APP, await agree('snsapi_userinfo'), newDeadline())
    expect(full.openid).toBe(silent.openid)
    expect(full.unionid).not.toBeNull()
    expect(full.profile).toEqual({ nickname: 'alice', avatarUrl: expect.stringMatching(/^http/) })
    expect(Object.keys(full).sort()).toEqual(['isSnapshotUser', 'openid', 'profile', 'unionid'])
  })

  it('works once', async () => {
    const code = await agree('snsapi_base')
    await wechat.exchangeWebCode(APP, code, newDeadline())
    const again = wechat.exchangeWebCode(APP, code, newDeadline())
    await expect(again).rejects.toMatchObject({ code: 'WX_CODE_USED' })
    const unknown = wechat.exchangeWebCode(APP, 'unknown', newDeadline())
    await expect(unknown).rejects.toMatchObject({ code: 'WX_CODE_INVALID' })
  })
})

describe('answers that the sandbox never gives', () => {
  let upstream: StandInWechat
  let wechat: Wechat
  beforeEach(async () => {
    upstream = await startStandInWechat()
    upstream.answer('/cgi-bin/stable_token', { access_token: 'T1', expires_in: 7200 })
    wechat = createWechat({ baseUrl: upstream.url, timeoutMs: 2000 })
  })
  afterEach(async () => {
    await wechat.close()
    upstream.close()
  })

  const GRANT = { access_token: 'A1', openid: 'o1', scope: 'snsapi_userinfo' }

  it('signs in without a profile when userinfo fails, and requests none for a snapshot', async () => {
    upstream.answer('/sns/oauth2/access_token', GRANT)
    upstream.answer('/sns/userinfo', { errcode: -1 })
    expect((await wechat.exchangeWebCode(APP, 'c1', newDeadline())).profile).toBeNull()
    expect(upstream.seen('/sns/userinfo')).toHaveLength(1)
    upstream.answer('/sns/oauth2/access_token', { ...GRANT, is_snapshotuser: 1 })
    expect(await wechat.exchangeWebCode(APP, 'c2', newDeadline())).toMatchObject({
      isSnapshotUser: true,
    })
    expect(upstream.seen('/sns/userinfo')).toHaveLength(1)
  })

  it('uses the unionid of userinfo if the exchange has none', async () => {
    upstream.answer('/sns/oauth2/access_token', GRANT)
    upstream.answer('/sns/userinfo', { nickname: '小明', headimgurl: '', unionid: 'u1' })
    const profile = { nickname: '小明', avatarUrl: null }
    expect(await wechat.exchangeWebCode(APP, 'c1', newDeadline())).toMatchObject({
      unionid: 'u1',
      profile,
    })
  })

  it('fetches one jsapi ticket for all callers, and a new one shortly before its end', async () => {
    const clock = { nowMs: Date.now() }
    const own = createWechat({ baseUrl: upstream.url, timeoutMs: 2000, now: () => clock.nowMs })
    const TICKET = '/cgi-bin/ticket/getticket'
    upstream.answer(TICKET, { errcode: 0, errmsg: 'ok', ticket: 'J1', expires_in: 7200 })
    const tickets = await Promise.all(Array.from({ length: 5 }, () => own.getJsapiTicket(APP)))
    expect(tickets).toEqual(Array(5).fill('J1'))
    const [asked] = upstream.seen(TICKET)
    expect(asked?.query.toString()).toBe('access_token=T1&type=jsapi')
    clock.nowMs += 6_899_000
    await own.getJsapiTicket(APP)
    expect(upstream.seen(TICKET)).toHaveLength(1)
    clock.nowMs += 2000
    await own.getJsapiTicket(APP)
    expect(upstream.seen(TICKET)).toHaveLength(2)
    await own.close()
  })

  describe('a mini-program code', () => {
    const CODE = '/wxa/getwxacodeunlimit'
    const target = { page: 'pages/confirm/confirm', scene: "aZ9!#$&'()*+,/:;=?@-._~" }
    const create = () => wechat.createMiniProgramCode(APP, target)
    const picture = (...start: number[]) =>
      Buffer.concat([Buffer.from(start), Buffer.alloc(200_000)])

    it.each([
      ['image/png', picture(0x89, 0x50, 0x4e, 0x47)],
      ['image/jpeg', picture(0xff, 0xd8, 0xff)],
    ])('is a picture of type %s', async (type, bytes) => {
      upstream.answer(CODE, (res: ServerResponse) => res.end(bytes))
      const code = await create()
      expect([code.type, code.bytes.equals(bytes)]).toEqual([type, true])
      expect(JSON.parse(upstream.seen(CODE)[0]?.body ?? '')).toEqual(target)
    })

    it('is refused by errcode, and any other answer is not a picture', async () => {
      upstream.answer(CODE, { errcode: 41030, errmsg: 'invalid page rid: 1-2-3' })
      await expect(create()).rejects.toMatchObject({ code: 'WX_MISCONFIGURED', rid: '1-2-3' })
      upstream.answer(CODE, { errcode: 45009, errmsg: 'reach max api limit' })
      await expect(create()).rejects.toMatchObject({ code: 'WX_QUOTA', retryAfterSeconds: 60 })
      upstream.answer(CODE, { errcode: 0 })
      await expect(create()).rejects.toMatchObject({ code: 'WX_UNAVAILABLE' })
    })

    it('is the only answer that may be large', async () => {
      const large = JSON.stringify({ ...GRANT, filler: 'x'.repeat(20_000) })
      upstream.answer('/sns/oauth2/access_token', (res: ServerResponse) => res.end(large))
      const exchange = wechat.exchangeWebCode(APP, 'c1', newDeadline())
      await expect(exchange).rejects.toMatchObject({ message: expect.stringMatching('too large') })
    })
  })
})
