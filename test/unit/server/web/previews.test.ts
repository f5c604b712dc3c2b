/** Link previews and mail scanners request a link with HEAD, which must not use it up. */
import { startWebBff } from '../../../support/web-bff'
import type { Browser, WebBff } from '../../../support/web-bff'

let bff: WebBff
beforeAll(async () => {
  bff = await startWebBff()
})
afterAll(() => bff.stop())

const head = async (browser: Browser, path: string) => {
  const { status, headers } = await browser.go(path, { method: 'HEAD' })
  return { status, cookies: headers.getSetCookie(), location: headers.get('location') }
}
const NOTHING = { status: 204, cookies: [], location: null }
const countRows = async (table: 'web_scans' | 'web_sign_ins') => {
  const rows = await bff.sqlClient.read((db) => db.selectFrom(table).selectAll().execute())
  return rows.length
}

it('spends no ticket', async () => {
  const phone = await bff.phoneOf('alice')
  const { body } = await phone.post<{ url: string }>('/v1/web/tickets', { to: '/shop' })
  const browser = bff.newBrowser()
  expect(await head(browser, body.url)).toEqual(NOTHING)
  expect((await browser.go(body.url)).location).toBe('/shop')
})

it('spends neither the state nor the code of a callback', async () => {
  const browser = bff.newBrowser()
  const { location } = await browser.go('/v1/web/login?to=/shop')
  const callback = await bff.decide(location, 'alice')
  expect(await head(browser, callback)).toEqual(NOTHING)
  expect((await browser.go(callback)).location).toBe('/shop')
})

it('starts no sign-in', async () => {
  const before = await countRows('web_sign_ins')
  expect(await head(bff.newBrowser(), '/v1/web/login')).toEqual(NOTHING)
  expect(await countRows('web_sign_ins')).toBe(before)
})

it('opens no scan', async () => {
  const { status } = await head(bff.newBrowser(), '/?scan=1')
  expect([status, await countRows('web_scans')]).toEqual([200, 0])
})

it('opens no scan for a link or picture on a page of another site, but offers one', async () => {
  const browser = bff.newBrowser()
  const get = (site: string) =>
    browser.go<string>('/?scan=1', { headers: { 'sec-fetch-site': site } })
  const { status, body } = await get('cross-site')
  expect([status, await countRows('web_scans')]).toEqual([200, 0])
  expect(body).toContain('用小程序扫码登录')
  expect((await get('same-origin')).body).toContain('data-scan')
  expect((await get('none')).body).toContain('data-scan')
})

it('marks no scan as scanned, and checks the token first', async () => {
  const [alice, bob] = [await bff.phoneOf('alice'), await bff.phoneOf('bob')]
  const { scene } = await bff.openScan(bff.newBrowser())
  const path = `/v1/scans/${scene}`
  expect((await bff.newBrowser().go(path, { method: 'HEAD' })).status).toBe(401)
  expect((await alice.go(path, { method: 'HEAD' })).status).toBe(204)
  expect((await bob.go(path)).status).toBe(200)
})
