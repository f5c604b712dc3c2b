/** Through WeChat's authorize page and back: one person, one state, one browser. */
import { join } from 'node:path'
import type { SessionsAnswer, User } from '../../../../typings/api'
import { makeTempDir } from '../../../support/temp-dir'
import { APPS, startWebBff, WEB_ORIGIN, withWebBff } from '../../../support/web-bff'
import type { WebBff } from '../../../support/web-bff'

let bff: WebBff
beforeAll(async () => {
  bff = await startWebBff()
})
afterAll(() => bff.stop())

describe('sign-in of an official account', () => {
  it('ends in a session of the same person, filled with the profile of WeChat', async () => {
    const phone = await bff.phoneOf('alice')
    const browser = bff.newBrowser()
    const back = await bff.signIn(browser, 'alice')
    expect([back.status, back.location]).toEqual([302, '/'])
    const me = await browser.go<User>('/v1/me')
    expect(me.body).toMatchObject({ id: phone.user.id, nickname: 'alice' })
    const { body } = await phone.go<SessionsAnswer>('/v1/sessions')
    expect(body.sessions.map(({ device }) => device).join()).toContain('公众号网页')
  })

  it('sets a cookie that scripts and other sites can not read', async () => {
    const browser = bff.newBrowser()
    const back = await bff.signIn(browser, 'alice')
    const line = back.headers.getSetCookie().find((text) => text.startsWith('session='))
    expect(line).toMatch(/^session=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/)
  })

  it('keeps what the person set, and does not refill what they cleared', async () => {
    const phone = await bff.phoneOf('bob')
    await phone.go('/v1/me', {
      method: 'PUT',
      body: '{"nickname":"鲍勃"}',
      headers: { 'content-type': 'application/json' },
    })
    const browser = bff.newBrowser()
    await bff.signIn(browser, 'bob')
    expect((await browser.go<User>('/v1/me')).body.nickname).toBe('鲍勃')
  })

  it('sets a new cookie each time, and ends the previous session of the browser', async () => {
    const browser = bff.newBrowser()
    await bff.signIn(browser, 'alice')
    const first = browser.cookies.get('session')
    await bff.signIn(browser, 'carol')
    expect(browser.cookies.get('session')).not.toBe(first)
    const old = bff.newBrowser()
    old.cookies.set('session', first!)
    expect((await old.go('/v1/me')).status).toBe(401)
  })

  it('also signs in if another request ends the previous session of the browser', async () => {
    const browser = bff.newBrowser()
    await bff.signIn(browser, 'alice')
    const { location } = await browser.go('/v1/web/login')
    const callback = await bff.decide(location, 'tessa')
    bff.endOnceFound()
    expect((await browser.go(callback)).status).toBe(302)
    expect((await browser.go('/v1/me')).status).toBe(200)
    const { body } = await browser.go<SessionsAnswer>('/v1/sessions')
    expect(body.sessions).toHaveLength(1)
  })

  it('also signs out if another request has already done so', async () => {
    const browser = bff.newBrowser()
    await bff.signIn(browser, 'alice')
    bff.endOnceFound()
    expect((await browser.post('/v1/web/sign-out')).status).toBe(302)
    expect(browser.cookies.has('session')).toBe(false)
  })

  it('lets two tabs of a browser that has a session finish together', async () => {
    const browser = bff.newBrowser()
    await bff.signIn(browser, 'alice')
    const tabs = [await browser.go('/v1/web/login'), await browser.go('/v1/web/login')]
    const callbacks = await Promise.all(tabs.map(({ location }) => bff.decide(location, 'alice')))
    const answers = await Promise.all(callbacks.map((callback) => browser.go(callback)))
    expect(answers.map(({ status }) => status)).toEqual([302, 302])
    expect((await browser.go('/v1/me')).status).toBe(200)
  })

  it('never adopts a cookie value that the browser sent', async () => {
    const browser = bff.newBrowser()
    browser.cookies.set('session', 'a'.repeat(43))
    await bff.signIn(browser, 'alice')
    expect(browser.cookies.get('session')).not.toBe('a'.repeat(43))
  })

  it('returns with a result when the person refuses, and stores nothing of a snapshot', async () => {
    const browser = bff.newBrowser()
    const { location } = await browser.go('/v1/web/login?scope=snsapi_userinfo&to=/shop?a=1')
    const denied = await browser.go(await bff.decide(location, 'alice', 'deny'))
    expect(denied.location).toBe('/shop?a=1&login=denied')
    const again = await browser.go('/v1/web/login?scope=snsapi_userinfo&to=/')
    const snapshot = await browser.go(await bff.decide(again.location, 'dora', 'snapshot'))
    expect(snapshot.location).toBe('/?login=snapshot')
    expect(browser.cookies.has('session')).toBe(false)
  })

  it.each([
    ['/?login=denied', '/?login=denied'],
    ['/shop?login=snapshot&a=1&login#b?login=c', '/shop?a=1&login=denied#b?login=c'],
    ['/shop?blogin=1', '/shop?blogin=1&login=denied'],
  ])('returns to %s with one result', async (to, location) => {
    const browser = bff.newBrowser()
    const begun = await browser.go(`/v1/web/login?to=${encodeURIComponent(to)}`)
    const denied = await browser.go(await bff.decide(begun.location, 'alice', 'deny'))
    expect(denied.location).toBe(location)
  })

  it('shows its page with repeated and unknown parameters', async () => {
    for (const query of ['login=denied&login=b', 'login=a&x=1&x=2']) {
      const page = await bff.newBrowser().go<string>(`/?${query}`)
      expect([query, page.status, page.body]).toEqual([
        query,
        200,
        expect.stringContaining('微信登录'),
      ])
    }
  })

  it('signs in by the QR code of a website, as the same person', async () => {
    const phone = await bff.phoneOf('erin')
    const browser = bff.newBrowser()
    await bff.signIn(browser, 'erin', 'scope=snsapi_login&to=/')
    expect((await browser.go<User>('/v1/me')).body.id).toBe(phone.user.id)
  })
})

it('ends with its app: the session of a removed app is refused', async () => {
  const dir = makeTempDir()
  const databaseUrl = `file:${join(dir.path, 'app.db')}`
  const cookies = new Map<string, string>()
  await withWebBff({ databaseUrl }, async (before) => {
    const browser = before.newBrowser()
    await before.signIn(browser, 'alice')
    browser.cookies.forEach((value, name) => cookies.set(name, value))
    expect((await browser.go('/v1/me')).status).toBe(200)
  })
  const apps = APPS.filter(({ type }) => type === 'miniprogram')
  await withWebBff({ databaseUrl, apps }, async (after) => {
    const browser = after.newBrowser()
    cookies.forEach((value, name) => browser.cookies.set(name, value))
    const me = await browser.go('/v1/me')
    expect(me).toMatchObject({ status: 401, body: { error: { code: 'TOKEN_INVALID' } } })
  })
  dir.remove()
})

it.each([
  '//evil.example',
  '/\\evil.example',
  '/%09/evil.example',
  '/%2F/evil.example',
  'https:evil.example',
  'http:127.0.0.1:9',
  'http:/127.0.0.1:9',
  '/%20/evil.example',
  '/%7f/evil.example',
  '/a\u2028b',
  '/\u00a0/evil.example',
  'https://evil.example/',
  `http://127.0.0.1:9@evil.example/`,
  'http://evil.example@127.0.0.1:9/',
  'http://:evil.example@127.0.0.1:9/',
  'https://пример.example/',
  'javascript:alert(1)',
  '/a\tb',
  '/a\nb',
  '/\t/evil.example',
  '/%5Cevil.example',
  '/%0a/evil.example',
  ' //evil.example',
  '/a\\b',
  '///evil.example',
  'http:///127.0.0.1:9',
  'http:\\\\127.0.0.1:9',
  `${WEB_ORIGIN}.evil.example/`,
  'http://127.0.0.1:90/',
  'http://１２７.0.0.1:9/',
  'http://1２7.0.0.1:9/',
  'http://127.0.0.1:９',
  'a',
  '',
  `/${'a'.repeat(512)}`,
])('never sends the browser to %j', async (to) => {
  const { status, body } = await bff.newBrowser().go(`/v1/web/login?to=${encodeURIComponent(to)}`)
  expect([status, body.error.code]).toEqual([400, 'INVALID_REQUEST'])
})

it.each([
  ['/', '/'],
  ['/a?b=c#d', '/a?b=c#d'],
  ['/100%', '/100%'],
  ['/a?text=%0Ab&next=//x', '/a?text=%0Ab&next=//x'],
  ['/商品/1?q=红 茶', '/%E5%95%86%E5%93%81/1?q=%E7%BA%A2%20%E8%8C%B6'],
  [`/${'a'.repeat(511)}`, `/${'a'.repeat(511)}`],
  [`${WEB_ORIGIN}/page`, `${WEB_ORIGIN}/page`],
  [WEB_ORIGIN, `${WEB_ORIGIN}/`],
  [`${WEB_ORIGIN}/商品?q=红 茶`, `${WEB_ORIGIN}/%E5%95%86%E5%93%81?q=%E7%BA%A2%20%E8%8C%B6`],
])('sends the browser to %j', async (to, location) => {
  const phone = await bff.phoneOf('alice')
  const { body } = await phone.post<{ url: string }>('/v1/web/tickets', { to })
  expect((await bff.newBrowser().go(body.url)).location).toBe(location)
})

it('requests the scope for the type of the app', async () => {
  const browser = bff.newBrowser()
  const official = await browser.go('/v1/web/login?appid=wx5a6dbc0000000002&scope=snsapi_login')
  expect(official.status).toBe(400)
  const miniProgram = await browser.go('/v1/web/login?appid=wx5a6dbc0000000001')
  expect(miniProgram.status).toBe(400)
})

it('signs pages for the JS-SDK as WeChat checks them, and no pages of others', async () => {
  const browser = bff.newBrowser()
  const page = `${WEB_ORIGIN}/page?a=1`
  const config = await browser.go<{
    appId: string
    nonceStr: string
    timestamp: number
    signature: string
  }>(`/v1/web/jssdk-config?url=${encodeURIComponent(`${page}#part`)}`)
  expect(config.status).toBe(200)
  const verdict = await bff.control<{ ok?: boolean; valid?: boolean; errMsg?: string }>(
    'check-jssdk',
    {
      appid: config.body.appId,
      timestamp: config.body.timestamp,
      nonceStr: config.body.nonceStr,
      signature: config.body.signature,
      url: page,
    },
  )
  expect(JSON.stringify(verdict)).toMatch(/ok|true/)
  const foreign = await browser.go('/v1/web/jssdk-config?url=https://evil.example/')
  expect(foreign.status).toBe(400)
})

it('serves the verification file of WeChat', async () => {
  const file = await bff.newBrowser().go<string>('/MP_verify_a.txt')
  expect([file.status, file.body]).toEqual([200, 'a'])
})
