/**
 * WeChat's features for the web: QR login of a website, snapshot pages, JS-SDK tickets, allowed
 * domains.
 */
import { createHash } from 'node:crypto'
import { MINI, OFFICIAL, WEBSITE, errcodeOf, secretOf, startClient } from './client'
import type { Client } from './client'

const CALLBACK = 'http://127.0.0.1:9/callback'

let wechat: Client

beforeEach(async () => {
  wechat = await startClient()
})
afterEach(() => wechat.stop())

const link = (path: string, query: Record<string, string>): string =>
  `${wechat.url}${path}?${new URLSearchParams({
    redirect_uri: CALLBACK,
    response_type: 'code',
    state: 'abc123',
    ...query,
  })}`

const qrLink = (change: Record<string, string> = {}): string =>
  link('/connect/qrconnect', { appid: WEBSITE, scope: 'snsapi_login', ...change })
const officialLink = (change: Record<string, string> = {}): string =>
  link('/connect/oauth2/authorize', { appid: OFFICIAL, scope: 'snsapi_userinfo', ...change })

async function decide(url: string, decision: string): Promise<URL> {
  const body = new URLSearchParams({ user: 'alice', decision })
  const response = await fetch(url, { method: 'POST', body, redirect: 'manual' })
  expect(response.status).toBe(302)
  return new URL(response.headers.get('location')!)
}

const codeOf = async (url: string, decision = 'allow'): Promise<string> =>
  (await decide(url, decision)).searchParams.get('code')!

const exchange = (code: string, appid: string) =>
  wechat.get('/sns/oauth2/access_token', {
    appid,
    secret: secretOf(appid),
    code,
    grant_type: 'authorization_code',
  })

describe('QR login of a website', () => {
  test('asks on a page; the code yields the person of the mini-program, with profile', async () => {
    const html = await (await fetch(qrLink())).text()
    expect(html).toContain('沙箱网站应用')
    expect(html).not.toContain('snapshot')
    const { json } = await exchange(await codeOf(qrLink()), WEBSITE)
    const login = await wechat.exchange(await wechat.loginCode('alice'))
    expect(json).toMatchObject({ scope: 'snsapi_login', unionid: login.json['unionid'] })
    expect(json['openid']).not.toBe(login.json['openid'])
    const { access_token, openid } = json as Record<string, string>
    const query = { access_token: access_token!, openid: openid! }
    const info = await wechat.get('/sns/userinfo', query)
    expect(info.json).toMatchObject({ nickname: 'alice', unionid: json['unionid'] })
  })

  test('refused: redirects with the state only', async () => {
    expect([...(await decide(qrLink(), 'deny')).searchParams.keys()]).toEqual(['state'])
  })

  test('the code is valid for ten minutes', async () => {
    const [first, second] = [await codeOf(qrLink()), await codeOf(qrLink())]
    await wechat.advance(590)
    expect((await exchange(first, WEBSITE)).json).toHaveProperty('openid')
    await wechat.advance(11)
    expect(errcodeOf(await exchange(second, WEBSITE))).toBe(40029)
  })

  test.each([
    [{ scope: 'snsapi_base' }, '10005'],
    [{ scope: 'snsapi_userinfo' }, '10005'],
    [{ appid: OFFICIAL }, '10005'],
    [{ appid: MINI }, '10005'],
    [{ appid: 'wx0' }, '40013'],
  ])('%j is a page that says %s', async (change, text) => {
    const response = await fetch(qrLink(change), { redirect: 'manual' })
    expect(response.status).toBe(200)
    expect(await response.text()).toContain(text)
  })

  test('login-code of a website yields the same code as the consent page', async () => {
    const code = await wechat.loginCode('alice', WEBSITE)
    expect((await exchange(code, WEBSITE)).json).toMatchObject({ scope: 'snsapi_login' })
  })
})

describe('a snapshot page', () => {
  test('yields a virtual account and says so', async () => {
    expect(await (await fetch(officialLink())).text()).toContain('value="snapshot"')
    const virtual = await exchange(await codeOf(officialLink(), 'snapshot'), OFFICIAL)
    const real = await exchange(await codeOf(officialLink()), OFFICIAL)
    expect(virtual.json).toMatchObject({ is_snapshotuser: 1 })
    expect(real.json).not.toHaveProperty('is_snapshotuser')
    expect(virtual.json['openid']).not.toBe(real.json['openid'])
    expect(virtual.json['unionid']).not.toBe(real.json['unionid'])
    const { access_token, openid } = virtual.json as Record<string, string>
    const query = { access_token: access_token!, openid: openid! }
    expect((await wechat.get('/sns/userinfo', query)).json).toMatchObject({ nickname: '微信用户' })
  })

  test('exists for snsapi_userinfo only', async () => {
    const url = officialLink({ scope: 'snsapi_base' })
    const { json } = await exchange(await codeOf(url, 'snapshot'), OFFICIAL)
    expect(json).not.toHaveProperty('is_snapshotuser')
  })
})

test('redirect_uri must have a configured domain once domains are configured', async () => {
  await wechat.control(`apps/${OFFICIAL}`, { redirectDomains: ['www.example.com'] })
  expect(await (await fetch(officialLink())).text()).toContain('10003')
  const allowed = officialLink({ redirect_uri: 'https://www.example.com/callback' })
  expect(await (await fetch(allowed)).text()).toContain('<form method="post">')
  const sub = officialLink({ redirect_uri: 'https://evil.www.example.com/callback' })
  expect(await (await fetch(sub)).text()).toContain('10003')
  expect(await (await fetch(qrLink())).text()).toContain('<form method="post">')
  expect((await wechat.tryControl('apps/wx0', {})).status).toBe(400)
})

describe('/cgi-bin/ticket/getticket', () => {
  const getTicket = async (change: Record<string, string> = {}) =>
    wechat.get('/cgi-bin/ticket/getticket', {
      access_token: await wechat.accessToken(OFFICIAL),
      type: 'jsapi',
      ...change,
    })

  test('one ticket for two hours, renewed shortly before its end', async () => {
    const first = await getTicket()
    expect(first.type).toBe('application/json')
    expect(first.json).toEqual({
      errcode: 0,
      errmsg: 'ok',
      ticket: expect.stringMatching(/^[\w-]{86}$/),
      expires_in: 7200,
    })
    await wechat.advance(100)
    expect((await getTicket()).json).toMatchObject({
      ticket: first.json['ticket'],
      expires_in: 7100,
    })
    await wechat.advance(7000)
    expect((await getTicket()).json['ticket']).not.toBe(first.json['ticket'])
  })

  test('refuses what WeChat refuses', async () => {
    expect(errcodeOf(await getTicket({ access_token: 'x' }))).toBe(40001)
    expect(errcodeOf(await getTicket({ access_token: '' }))).toBe(41001)
    expect(errcodeOf(await getTicket({ access_token: await wechat.accessToken(MINI) }))).toBe(48001)
    expect(errcodeOf(await getTicket({ type: 'nothing' }))).toBe(40097)
  })

  test('check-jssdk checks the signature of a page, without its fragment', async () => {
    const ticket = String((await getTicket()).json['ticket'])
    const signed = { noncestr: 'Wm3WZYTPz0wzccnW', timestamp: '1414587457' }
    const text = `jsapi_ticket=${ticket}&noncestr=${signed.noncestr}&timestamp=${signed.timestamp}&url=http://127.0.0.1:9/page?a=1`
    const signature = createHash('sha1').update(text).digest('hex')
    const input = {
      appid: OFFICIAL,
      url: 'http://127.0.0.1:9/page?a=1#top',
      nonceStr: signed.noncestr,
      timestamp: signed.timestamp,
      signature,
    }
    expect(await wechat.control('check-jssdk', input)).toEqual({ valid: true })
    const other = { ...input, url: 'http://127.0.0.1:9/page' }
    expect(await wechat.control('check-jssdk', other)).toEqual({ valid: false })
    await wechat.advance(7201)
    expect(await wechat.control('check-jssdk', input)).toEqual({ valid: false })
  })
})
