/** Mounted under a path, every address that the web feature gives out leads to that path. */
import type { User } from '../../../../typings/api'
import { startWebBff, withWebBff } from '../../../support/web-bff'
import type { WebBff } from '../../../support/web-bff'

let bff: WebBff
beforeAll(async () => {
  bff = await startWebBff({ mountedAt: '/auth' })
})
afterAll(() => bff.stop())

it('a ticket', async () => {
  const phone = await bff.phoneOf('alice')
  const { body } = await phone.post<{ url: string }>('/v1/web/tickets', { to: '/shop' })
  expect(body.url.startsWith(`${bff.url}/auth/v1/web/tickets/`)).toBe(true)
  expect((await bff.newBrowser().go(body.url)).location).toBe('/shop')
})

it('the way back from the authorize page of WeChat', async () => {
  const browser = bff.newBrowser()
  const back = await bff.signIn(browser, 'alice', 'to=/shop')
  expect([back.status, back.location]).toEqual([302, '/shop'])
  expect((await browser.go<User>('/v1/me')).status).toBe(200)
})

it('the links of the page, which return to the page', async () => {
  const { body } = await bff.newBrowser().go<string>('/')
  const links = [...body.matchAll(/href="(\/[^"]*)"/g)].map(([, href = '']) =>
    href.replaceAll('&amp;', '&'),
  )
  expect(links.length).toBeGreaterThan(3)
  for (const link of links) {
    expect(link.startsWith('/auth/')).toBe(true)
    const { pathname, searchParams } = new URL(link, bff.url)
    if (pathname === '/auth/v1/web/login') expect(searchParams.get('to')).toBe('/auth/')
  }
})

it('openapi.json names the path of the mount, and no server at the root', async () => {
  interface Document {
    servers?: object[]
    paths: Record<string, Record<string, { responses: Record<string, { description: string }> }>>
  }
  const { body } = await bff.newBrowser().go<Document>('/openapi.json')
  expect(body.servers).toEqual([{ url: '/auth' }])
  await withWebBff({}, async (own) => {
    const root = await own.newBrowser().go<Document>('/openapi.json')
    expect(root.body).toEqual({ ...body, servers: undefined })
  })
  for (const [method, path] of [
    ['get', '/v1/session/check'],
    ['put', '/v1/me'],
    ['post', '/v1/me/phone'],
    ['get', '/v1/web/jssdk-config'],
  ] as const) {
    const unavailable = body.paths[path]?.[method]?.responses['503']
    expect([path, unavailable?.description]).toEqual([path, expect.stringContaining('OVERLOADED')])
  }
})
