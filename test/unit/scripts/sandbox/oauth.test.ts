import { MINI, OFFICIAL, errcodeOf, secretOf, startClient } from './client'
import type { Client } from './client'

const AUTHORIZE = '/connect/oauth2/authorize'
const CALLBACK = 'http://127.0.0.1:9/callback?from=test'

let wechat: Client

beforeEach(async () => {
  wechat = await startClient()
})
afterEach(() => wechat.stop())

const link = (change: Record<string, string> = {}): string =>
  `${wechat.url}${AUTHORIZE}?${new URLSearchParams({
    appid: OFFICIAL,
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'snsapi_userinfo',
    state: 'abc123',
    ...change,
  })}`

const answerPage = (url: string, form: Record<string, string>) =>
  fetch(url, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' })

const locationOf = (response: Response): URL => new URL(response.headers.get('location')!)

async function agree(user: string, change: Record<string, string> = {}): Promise<string> {
  const response = await answerPage(link(change), { user, decision: 'allow' })
  return locationOf(response).searchParams.get('code')!
}

const exchange = (code: string, change: Record<string, string> = {}) =>
  wechat.get('/sns/oauth2/access_token', {
    appid: OFFICIAL,
    secret: secretOf(OFFICIAL),
    code,
    grant_type: 'authorization_code',
    ...change,
  })

describe('the consent page', () => {
  test('names the app and the request, and has a form with both answers', async () => {
    const response = await fetch(link())
    const html = await response.text()
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(html).toContain('沙箱公众号')
    expect(html).toContain('获得你的昵称、头像')
    expect(html).toMatch(/<form method="post">/)
    expect(html).toContain('允许')
    expect(html).toContain('拒绝')
  })

  test('agreed: redirects with code and state, and keeps the existing query', async () => {
    const response = await answerPage(link(), { user: 'alice', decision: 'allow' })
    const location = locationOf(response)
    expect(response.status).toBe(302)
    expect(location.origin + location.pathname).toBe('http://127.0.0.1:9/callback')
    expect([...location.searchParams.keys()]).toEqual(['from', 'code', 'state'])
    expect(location.searchParams.get('state')).toBe('abc123')
  })

  test('refused: redirects with the state only', async () => {
    const location = locationOf(await answerPage(link(), { user: 'alice', decision: 'deny' }))
    expect([...location.searchParams.keys()]).toEqual(['from', 'state'])
  })

  test.each(['slow-body', 'reset-after-headers', 'huge-body'])(
    '%s: a corrupted answer still has the right target',
    async (mode) => {
      await wechat.control('faults', { path: AUTHORIZE, mode, times: 1 })
      const response = await answerPage(link(), { user: 'alice', decision: 'allow' })
      expect([response.status, locationOf(response).searchParams.get('state')]).toEqual([
        302,
        'abc123',
      ])
      await response.body?.cancel().catch(() => undefined)
    },
  )

  test('snsapi_base shows no page once this browser has chosen a person', async () => {
    const base = link({ scope: 'snsapi_base' })
    expect((await fetch(base)).status).toBe(200)
    const agreed = await answerPage(base, { user: '小明', decision: 'allow' })
    const cookie = agreed.headers.get('set-cookie')!.split(';')[0]!
    const silent = await fetch(base, { headers: { cookie }, redirect: 'manual' })
    expect(silent.status).toBe(302)
    const userinfo = await fetch(link(), { headers: { cookie }, redirect: 'manual' })
    expect(userinfo.status).toBe(200)
    expect(await userinfo.text()).toContain('value="小明"')
    const again = await exchange(locationOf(silent).searchParams.get('code')!)
    const first = await exchange(locationOf(agreed).searchParams.get('code')!)
    expect(again.json['openid']).toBe(first.json['openid'])
  })

  test('user input is never markup', async () => {
    const evil = '"><script>alert(1)<'.padEnd(80, 'x')
    const html = await (await answerPage(link(), { user: evil, decision: 'allow' })).text()
    expect(html).not.toContain('<script>alert')
    expect(html).toContain('请填写 1–64 个字符的用户名')
  })

  test.each([
    [{ appid: '' }, '10012'],
    [{ appid: 'wx0' }, '40013'],
    [{ redirect_uri: '' }, '10011'],
    [{ redirect_uri: 'javascript:alert(1)' }, '10003'],
    [{ scope: '' }, '10010'],
    [{ scope: 'snsapi_login' }, '10005'],
    [{ appid: MINI }, '10005'],
    [{ response_type: 'token' }, 'response_type'],
    [{ state: 'x'.repeat(129) }, 'state'],
  ])('%j is a page that says %s, not a redirect', async (change, text) => {
    const response = await fetch(link(change), { redirect: 'manual' })
    expect(response.status).toBe(200)
    expect(await response.text()).toContain(text)
  })

  test('warns about parameters in another order', async () => {
    const [path, query] = link().split('?')
    const turned = [...new URLSearchParams(query)].reverse()
    const html = await (await fetch(`${path!}?${new URLSearchParams(turned)}`)).text()
    expect(html).toContain('appid, redirect_uri, response_type, scope, state')
    expect(await (await fetch(link())).text()).not.toContain('依次为')
  })
})

describe('the tokens', () => {
  test('a code yields tokens once; userinfo returns the person; the unionid matches the mini-program', async () => {
    const code = await agree('alice')
    const reply = await exchange(code)
    expect(reply.type).toBe('text/plain')
    expect(reply.json).toMatchObject({ expires_in: 7200, scope: 'snsapi_userinfo' })
    const { access_token, openid, unionid } = reply.json as Record<string, string>
    const login = await wechat.exchange(await wechat.loginCode('alice'))
    expect(login.json['unionid']).toBe(unionid)
    expect(login.json['openid']).not.toBe(openid)
    const info = await wechat.get('/sns/userinfo', {
      access_token: access_token!,
      openid: openid!,
      lang: 'zh_CN',
    })
    expect(info.type).toBe('text/plain')
    expect(info.json).toMatchObject({ openid, unionid, nickname: 'alice', sex: 0, privilege: [] })
    expect(errcodeOf(await exchange(code))).toBe(40163)
  })

  test('snsapi_base: an openid only', async () => {
    const { json } = await exchange(await agree('alice', { scope: 'snsapi_base' }))
    expect(json).not.toHaveProperty('unionid')
    const { access_token, openid } = json as Record<string, string>
    const query = { access_token: access_token!, openid: openid! }
    expect(errcodeOf(await wechat.get('/sns/userinfo', query))).toBe(48001)
    expect((await wechat.get('/sns/auth', query)).json).toEqual({ errcode: 0, errmsg: 'ok' })
    expect(errcodeOf(await wechat.get('/sns/auth', { ...query, openid: 'x' }))).toBe(40003)
  })

  test('a code is valid for five minutes, for its own app and its own endpoint', async () => {
    const code = await agree('alice')
    const asMini = { appid: MINI, secret: secretOf(MINI) }
    expect(errcodeOf(await wechat.exchange(code))).toBe(40029)
    expect(errcodeOf(await exchange(await wechat.loginCode('alice'), asMini))).toBe(40029)
    await wechat.advance(301)
    expect(errcodeOf(await exchange(code))).toBe(40029)
    expect(errcodeOf(await exchange(await agree('bob'), asMini))).toBe(40029)
  })

  test('the access token is valid for two hours, the refresh token for thirty days', async () => {
    const { access_token, refresh_token, openid } = (await exchange(await agree('alice')))
      .json as Record<string, string>
    const refresh = (change: Record<string, string> = {}) =>
      wechat.get('/sns/oauth2/refresh_token', {
        appid: OFFICIAL,
        grant_type: 'refresh_token',
        refresh_token: refresh_token!,
        ...change,
      })
    const judge = async (token: string) =>
      errcodeOf(await wechat.get('/sns/auth', { access_token: token, openid: openid! }))

    expect((await refresh()).json['access_token']).toBe(access_token)
    await wechat.advance(7201)
    expect(await judge(access_token!)).toBe(42001)
    const renewed = (await refresh()).json
    expect(renewed).toMatchObject({ refresh_token, openid, expires_in: 7200 })
    expect(await judge(String(renewed['access_token']))).toBe(0)
    expect(errcodeOf(await refresh({ refresh_token: 'x' }))).toBe(40030)
    expect(errcodeOf(await refresh({ appid: MINI }))).toBe(40030)
    await wechat.advance(30 * 24 * 3600)
    expect(errcodeOf(await refresh())).toBe(42002)
  })

  test('login-code of an official account yields the same code as the consent page', async () => {
    const reply = await exchange(await wechat.loginCode('alice', OFFICIAL))
    expect(reply.json).toMatchObject({ scope: 'snsapi_userinfo' })
  })
})
