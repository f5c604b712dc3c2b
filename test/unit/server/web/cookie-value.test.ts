/** The value of the web session's cookie is in Set-Cookie alone: in no body and in no other header. */
import { startWebBff } from '../../../support/web-bff'
import type { Browser, WebBff } from '../../../support/web-bff'
import { found } from '../../../security/secret-forms'

let bff: WebBff
/** What the service answered in this test. */
let seen: string[]
beforeAll(async () => {
  bff = await startWebBff()
})
beforeEach(() => {
  seen = []
  const { fetch } = globalThis
  jest.spyOn(globalThis, 'fetch').mockImplementation(async (...args) => {
    const answer = await fetch(...args)
    const headers = [...answer.headers].filter(([name]) => name !== 'set-cookie')
    seen.push(`${answer.url} ${JSON.stringify(headers)} ${await answer.clone().text()}`)
    return answer
  })
})
afterAll(() => bff.stop())

async function signInByTicket(browser: Browser): Promise<void> {
  const phone = await bff.phoneOf('alice')
  const { body } = await phone.post<{ url: string }>('/v1/web/tickets', { to: '/' })
  await browser.go(body.url)
}

async function signInByScan(browser: Browser): Promise<void> {
  const phone = await bff.phoneOf('alice')
  const { scan, scene } = await bff.openScan(browser)
  await phone.go(`/v1/scans/${scene}`)
  await phone.post(`/v1/scans/${scene}/confirm`)
  await browser.post(`/v1/web/scans/${scan.id}/poll`, { secret: scan.secret })
}

const signInAtWechat = (scope: string) => async (browser: Browser) => {
  await bff.signIn(browser, 'alice', `scope=${scope}&to=/`)
}

it.each<[string, (browser: Browser) => Promise<unknown>]>([
  ['the page of an official account', signInAtWechat('snsapi_base')],
  ['that page with a profile', signInAtWechat('snsapi_userinfo')],
  ['the QR code of a website', signInAtWechat('snsapi_login')],
  ['a ticket', signInByTicket],
  ['a scan', signInByScan],
])('after a sign-in by %s', async (_name, signIn) => {
  const browser = bff.newBrowser()
  await signIn(browser)
  const value = browser.cookies.get('session')
  expect(value).toMatch(/^[\w-]{43}$/)
  const phone = await bff.phoneOf('alice')
  for (const { go } of [browser, phone]) {
    for (const path of ['/v1/sessions', '/v1/me', '/v1/me/export', '/']) {
      expect([path, (await go(path)).status]).toEqual([path, 200])
    }
    for (const path of ['/v1/session/check', '/v1/none']) await go(path)
  }
  await browser.post('/v1/web/sign-out')
  expect(seen.length).toBeGreaterThan(12)
  expect(seen.filter((text) => found(text, [['cookie', value!]]).length > 0)).toEqual([])
})
