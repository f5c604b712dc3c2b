/** What a cookie allows, and who may use it. */
import type { User } from '../../../../typings/api'
import { startWebBff, WEB_ORIGIN, withWebBff } from '../../../support/web-bff'
import type { Browser, WebBff } from '../../../support/web-bff'

let bff: WebBff
let browser: Browser
beforeAll(async () => {
  bff = await startWebBff()
})
beforeEach(async () => {
  browser = bff.newBrowser()
  await bff.signIn(browser, 'alice')
})
afterAll(() => bff.stop())

const put = (headers: Record<string, string>) =>
  browser.go('/v1/me', {
    method: 'PUT',
    headers: { 'content-type': 'application/json', ...headers },
    body: '{"nickname":"x"}',
  })

it.each<[Record<string, string>, number]>([
  [{ 'sec-fetch-site': 'same-origin' }, 200],
  [{ 'sec-fetch-site': 'same-site', origin: WEB_ORIGIN }, 200],
  [{ origin: WEB_ORIGIN }, 200],
  [{ 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:10' }, 403],
  [{ 'sec-fetch-site': 'same-site' }, 403],
  [{ 'sec-fetch-site': 'cross-site', origin: WEB_ORIGIN }, 403],
  [{ 'sec-fetch-site': 'none' }, 403],
  [{ origin: 'https://evil.example' }, 403],
  [{ origin: 'null' }, 403],
  [{}, 403],
])('a change with %j answers %i', async (headers, status) => {
  expect((await put(headers)).status).toBe(status)
})

it('uses the token instead if there is one, without a check of the site', async () => {
  const phone = await bff.phoneOf('alice')
  const changed = await browser.go<User>('/v1/me', {
    method: 'PUT',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${phone.token}`,
      'sec-fetch-site': 'cross-site',
    },
    body: '{"nickname":"y"}',
  })
  expect(changed.body.nickname).toBe('y')
})

it('lets only allowed origins read, and answers their preflights', async () => {
  const allowed = await browser.go('/v1/me', { headers: { origin: WEB_ORIGIN } })
  expect(allowed.headers.get('access-control-allow-origin')).toBe(WEB_ORIGIN)
  expect(allowed.headers.get('access-control-allow-credentials')).toBe('true')
  const foreign = await browser.go('/v1/me', { headers: { origin: 'https://evil.example' } })
  expect(foreign.headers.get('access-control-allow-origin')).toBeNull()
  const preflight = await browser.go('/v1/me', {
    method: 'OPTIONS',
    headers: { origin: WEB_ORIGIN, 'access-control-request-method': 'PUT' },
  })
  expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([
    204,
    'GET, POST, PUT, DELETE',
  ])
})

it('is __Host-session over TLS, where a cookie with the loopback name is ignored', async () => {
  const publicUrl = 'https://api.example.com'
  await withWebBff({ publicUrl }, async (secure) => {
    const person = secure.newBrowser()
    const { location } = await person.go('/v1/web/login')
    const callback = await secure.decide(location, 'alice')
    const back = await person.go(callback.replace(publicUrl, secure.url))
    const line = back.headers.getSetCookie().find((text) => text.startsWith('__Host-session='))
    expect(line).toMatch(
      /^__Host-session=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    )
    expect((await person.go('/v1/me')).status).toBe(200)
    const plain = secure.newBrowser()
    plain.cookies.set('session', person.cookies.get('__Host-session')!)
    expect((await plain.go('/v1/me')).status).toBe(401)
  })
})

it('over TLS, a cookie that a browser does not protect is not read as __Host-session', async () => {
  await withWebBff({ publicUrl: 'https://api.example.com' }, async (secure) => {
    const forged = `=${'a'.repeat(43)}`
    // Node reads the byte A0 as a no-break space; the browser sees no prefix `__Host-` behind it.
    for (const start of ['a=b; \xa0', '\xa0', '\xa0 ']) {
      const headers = { cookie: `${start}__Host-session${forged}` }
      const answer = await secure.newBrowser().go('/v1/me', { headers })
      expect(answer.body.error.code).toBe('TOKEN_MISSING')
    }
  })
})

it('is removed by every kind of log-out', async () => {
  const phone = await bff.phoneOf('alice')
  expect((await browser.go('/v1/me')).status).toBe(200)
  await phone.post('/v1/logout-all')
  expect((await browser.go('/v1/me')).status).toBe(401)
})

it('is refused on routes that only accept a token', async () => {
  const answer = await browser.post('/v1/web/tickets', { to: '/' })
  expect([answer.status, answer.body.error.code]).toEqual([401, 'TOKEN_MISSING'])
})

it('has no session_key: encrypted data requires a login by code', async () => {
  const answer = await browser.go('/v1/session/check')
  expect([answer.status, answer.body.error.code]).toEqual([409, 'SESSION_KEY_STALE'])
})

it('shows the page without inline code, and signs out by a form', async () => {
  const page = await browser.go<string>('/')
  expect(page.body).toContain('退出登录')
  // Otherwise a browser asks for /favicon.ico, which answers 404.
  expect(page.body).toContain('<link rel="icon" href="data:,">')
  expect(page.headers.get('content-security-policy')).toMatch(/script-src 'self'/)
  expect(page.body).not.toMatch(/<script>|<style|onclick|style=/)
  const cross = await browser.go('/v1/web/sign-out', {
    method: 'POST',
    headers: { 'sec-fetch-site': 'cross-site' },
  })
  expect(cross.status).toBe(403)
  const out = await browser.go('/v1/web/sign-out', {
    method: 'POST',
    headers: { 'sec-fetch-site': 'same-origin' },
  })
  expect([out.status, out.location]).toEqual([302, '/'])
  expect((await browser.go<string>('/')).body).toContain('用小程序扫码登录')
})
