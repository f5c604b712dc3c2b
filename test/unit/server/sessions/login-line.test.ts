/** The log line of a login says who logged in: by a user id and a hash, never by an openid. */
import type { User } from '../../../../typings/api'
import { openidHasher } from '../../../../server/logger'
import { found } from '../../../security/secret-forms'
import { until } from '../../../support/until'
import { startWebBff } from '../../../support/web-bff'
import type { Browser, WebBff } from '../../../support/web-bff'

const DATA_KEY = { kid: 'd1', key: Buffer.from('0123456789abcdef0123456789abcdef') }
const hashOpenid = openidHasher([DATA_KEY])

let bff: WebBff
beforeAll(async () => {
  bff = await startWebBff()
})
beforeEach(() => {
  bff.logger.lines.length = 0
})
afterAll(() => bff.stop())

type Phone = Awaited<ReturnType<WebBff['phoneOf']>>

async function lineOf(route: string) {
  const ended = () =>
    bff.logger.lines.filter((line) => line.route === route && line.userId !== undefined)
  await until(() => ended().length > 0)
  return ended()[0]
}

const who = ({ id, openid }: User) => ({ userId: id, openidHash: hashOpenid(openid ?? '') })

function expectNoOpenid(...openids: (string | null)[]): void {
  const wanted = openids.map((openid): [string, string] => ['openid', openid ?? 'none given'])
  expect(found(JSON.stringify(bff.logger.lines), wanted)).toEqual([])
}

it.each(['new', 'returning'])('of a mini-program: a %s person', async (outcome) => {
  const { user } = await bff.phoneOf('fay')
  const line = await lineOf('/v1/login')
  expect(line).toEqual({
    msg: 'request',
    requestId: expect.any(String),
    method: 'POST',
    route: '/v1/login',
    status: 200,
    durationMs: expect.any(Number),
    outcome,
    appid: expect.stringMatching(/^wx/),
    ...who(user),
  })
  expectNoOpenid(user.openid)
})

async function signInByTicket(browser: Browser, phone: Phone): Promise<void> {
  const { body } = await phone.post<{ url: string }>('/v1/web/tickets', { to: '/' })
  await browser.go(body.url)
}

async function signInByScan(browser: Browser, phone: Phone): Promise<void> {
  const { scan, scene } = await bff.openScan(browser)
  await phone.go(`/v1/scans/${scene}`)
  await phone.post(`/v1/scans/${scene}/confirm`)
  await browser.post(`/v1/web/scans/${scan.id}/poll`, { secret: scan.secret })
}

it.each<[string, (browser: Browser, phone: Phone) => Promise<unknown>]>([
  ['/v1/web/callback', (browser) => bff.signIn(browser, 'fay')],
  ['/v1/web/tickets/:ticket', signInByTicket],
  ['/v1/web/scans/:id/poll', signInByScan],
])('of a browser: %s', async (route, signIn) => {
  const [browser, phone] = [bff.newBrowser(), await bff.phoneOf('fay')]
  await signIn(browser, phone)
  const me = (await browser.go<User>('/v1/me')).body
  expect(await lineOf(route)).toMatchObject({ appid: expect.stringMatching(/^wx/), ...who(me) })
  expectNoOpenid(me.openid, phone.user.openid)
})
