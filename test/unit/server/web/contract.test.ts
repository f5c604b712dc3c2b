/** What the web feature answers at its edges: what is missing, what is used twice, what is in trouble. */
import type { ErrorBody, SessionsAnswer, User } from '../../../../typings/api'
import { APPS, startWebBff, WEB_ORIGIN, withWebBff } from '../../../support/web-bff'
import type { Browser, WebBff } from '../../../support/web-bff'

let bff: WebBff
beforeAll(async () => {
  bff = await startWebBff()
})
beforeEach(async () => {
  await fetch(`${bff.sandboxUrl}/__sandbox/faults`, { method: 'DELETE' })
})
afterAll(() => bff.stop())

const codeOf = async (browser: Browser, path: string) => {
  const { status, body } = await browser.go(path)
  return [status, body.error.code]
}

describe('every answer', () => {
  it.each([
    ['GET', '/v1/web/login', 302],
    ['GET', '/v1/web/callback', 400],
    ['GET', '/v1/web/tickets/x', 400],
    ['GET', '/', 200],
    ['GET', '/v1/web/page.js', 200],
    ['GET', '/MP_verify_a.txt', 200],
    ['POST', '/v1/web/scans', 415],
    ['DELETE', '/v1/web/scans', 405],
    ['OPTIONS', '/v1/me', 204],
  ])('%s %s carries a request id and no-store', async (method, path, status) => {
    const answer = await bff.newBrowser().go(path, {
      method,
      headers: { origin: WEB_ORIGIN, 'access-control-request-method': 'PUT' },
    })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('x-request-id')).toMatch(/^[\w.-]{8,64}$/)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('vary')).toBe('Origin')
    expect(answer.headers.get('access-control-allow-origin')).toBe(WEB_ORIGIN)
  })
})

describe('a callback', () => {
  it.each(['', '?state=', `?state=${'a'.repeat(300)}`, '?state=a-b&code=c'])(
    'with %j has no state of this browser',
    async (query) => {
      expect(await codeOf(bff.newBrowser(), `/v1/web/callback${query}`)).toEqual([
        400,
        'STATE_INVALID',
      ])
    },
  )

  it('distinguishes a code that WeChat does not know from one that was used', async () => {
    const browser = bff.newBrowser()
    const stateOf = async () => {
      const { location } = await browser.go('/v1/web/login')
      return new URL(location).searchParams.get('state')!
    }
    const used = await bff.decide((await browser.go('/v1/web/login')).location, 'alice')
    await browser.go(used)
    const code = new URL(used).searchParams.get('code')!
    const unknown = `/v1/web/callback?code=unknown&state=${await stateOf()}`
    expect(await codeOf(browser, unknown)).toEqual([400, 'WX_CODE_INVALID'])
    const again = `/v1/web/callback?code=${code}&state=${await stateOf()}`
    const exchanges = async () => {
      const calls = await fetch(`${bff.sandboxUrl}/__sandbox/calls`)
      const { counts } = (await calls.json()) as { counts: Record<string, number> }
      return counts['/sns/oauth2/access_token']
    }
    const before = await exchanges()
    expect(await codeOf(browser, again)).toEqual([400, 'WX_CODE_USED'])
    // It is known here, so WeChat is not asked again.
    expect(await exchanges()).toBe(before)
  })

  it.each(['/?login=%ff', '/v1/web/callback?state=%E4%ZZ', '/v1/web/login?to=%'])(
    'and other queries are refused when a percent-escape is invalid: %s',
    async (path) => {
      expect(await codeOf(bff.newBrowser(), path)).toEqual([400, 'INVALID_REQUEST'])
    },
  )

  it('keeps the fragment of the page that it returns to', async () => {
    const browser = bff.newBrowser()
    const to = encodeURIComponent('/a?b=c#d#e')
    const { location } = await browser.go(`/v1/web/login?to=${to}`)
    const denied = await browser.go(await bff.decide(location, 'alice', 'deny'))
    expect(denied.location).toBe('/a?b=c&login=denied#d#e')
  })

  it('signs the person in without a profile when WeChat returns none', async () => {
    await bff.control('faults', { path: '/sns/userinfo', mode: 'errcode', errcode: -1 })
    const browser = bff.newBrowser()
    expect((await bff.signIn(browser, 'noface')).location).toBe('/')
    expect((await browser.go<User>('/v1/me')).body).toMatchObject({ nickname: null })
  })
})

it('counts bad codes of web pages by address, and answers 429 after twenty', async () => {
  const answers: unknown[] = []
  await withWebBff({}, async (alone) => {
    const browser = alone.newBrowser()
    for (let n = 0; n < 21; n++) {
      const { location } = await browser.go('/v1/web/login')
      const state = new URL(location).searchParams.get('state')!
      answers.push((await codeOf(browser, `/v1/web/callback?code=bad${n}&state=${state}`))[1])
    }
  })
  expect(answers).toEqual([...Array<string>(20).fill('WX_CODE_INVALID'), 'RATE_LIMITED'])
})

describe('a ticket', () => {
  const ticketOf = async (phone: Awaited<ReturnType<WebBff['phoneOf']>>) =>
    (await phone.post<{ url: string }>('/v1/web/tickets', { to: '/' })).body.url
  const listOf = async (phone: Awaited<ReturnType<WebBff['phoneOf']>>) =>
    (await phone.go<SessionsAnswer>('/v1/sessions')).body.sessions

  it('creates a session that leaves the list of devices with its phone', async () => {
    const [phone, other] = [await bff.phoneOf('list'), await bff.phoneOf('list')]
    await bff.newBrowser().go(await ticketOf(phone))
    expect((await listOf(other)).map(({ device }) => device).join()).toContain('小程序网页')
    await phone.post('/v1/logout')
    expect(await listOf(other)).toHaveLength(1)
    expect(await bff.store.listSessions(other.user.id)).toHaveLength(1)
  })

  it('ends no session of its own phone, however many there are', async () => {
    const phone = await bff.phoneOf('many')
    for (let n = 0; n < 19; n++) await bff.phoneOf('many')
    const browser = bff.newBrowser()
    await browser.go(await ticketOf(phone))
    expect((await browser.go('/v1/me')).status).toBe(200)
    expect((await phone.go('/v1/me')).status).toBe(200)
    expect(await listOf(phone)).toHaveLength(20)
  })

  it.each([{}, { to: 1 }, { to: '//evil.example' }, { to: '/\ud800' }, { to: '/', more: 1 }, []])(
    'is not created for %j',
    async (body) => {
      const answer = await (await bff.phoneOf('alice')).post('/v1/web/tickets', body)
      expect([answer.status, answer.body.error.code]).toEqual([400, 'INVALID_REQUEST'])
    },
  )
})

describe('a scan', () => {
  const open = (browser = bff.newBrowser()) =>
    browser.post<{ id: string; secret: string } & ErrorBody>('/v1/web/scans')

  it('keeps its slot when WeChat was called and created no code; a refused one takes none', async () => {
    bff.clock.offsetMs += 600_000
    await bff.control('faults', {
      path: '/wxa/getwxacodeunlimit',
      mode: 'errcode',
      errcode: 45009,
      times: 5,
    })
    for (let n = 0; n < 5; n++) expect((await open()).body.error.code).toBe('WX_QUOTA')
    for (let n = 0; n < 15; n++) expect((await open()).status).toBe(200)
    expect((await open()).body.error.code).toBe('RATE_LIMITED')
    bff.clock.offsetMs += 121_000
    for (let n = 0; n < 20; n++) expect((await open()).status).toBe(200)
    bff.clock.offsetMs += 600_000
  })

  it('takes no slot while calls to WeChat are paused', async () => {
    await withWebBff({}, async (alone) => {
      const path = '/wxa/getwxacodeunlimit'
      await alone.control('faults', { path, mode: 'errcode', errcode: -1 })
      for (let n = 0; n < 10; n++) {
        const { body } = await alone.newBrowser().post('/v1/web/scans')
        expect(body.error.code).toBe('WX_UNAVAILABLE')
      }
      const taken = await alone.sqlClient.read((db) =>
        db.selectFrom('web_scans').selectAll().execute(),
      )
      expect(taken).toHaveLength(5)
    })
  })

  it('gives a new cookie to a browser that already has this person, and ends the old one', async () => {
    const [browser, phone] = [bff.newBrowser(), await bff.phoneOf('fresh')]
    await bff.signIn(browser, 'fresh')
    const old = browser.cookies.get('session')!
    const { scan, scene } = await bff.openScan(browser)
    await phone.go(`/v1/scans/${scene}`)
    await phone.post(`/v1/scans/${scene}/confirm`)
    const answer = await browser.post<{ status: string }>(`/v1/web/scans/${scan.id}/poll`, {
      secret: scan.secret,
    })
    expect(answer.body.status).toBe('confirmed')
    expect(browser.cookies.get('session')).not.toBe(old)
    const before = bff.newBrowser()
    before.cookies.set('session', old)
    expect((await before.go('/v1/me')).status).toBe(401)
  })

  it('can not be used by a form of another site, which can not send JSON', async () => {
    const { scan } = await bff.openScan(bff.newBrowser())
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const answer = await bff
        .newBrowser()
        .post(
          `/v1/web/scans/${scan.id}/poll`,
          { secret: scan.secret },
          { 'content-type': type, 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
        )
      expect([answer.status, answer.body.error.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE'])
    }
  })

  it('tells a browser without JavaScript to take another way', async () => {
    const { body } = await bff.newBrowser().go<string>('/?scan=1')
    expect(body).toMatch(/<noscript>.*请换用其他方式.*<\/noscript>/)
  })

  it('that can’t be opened shows a page for people, with a sentence', async () => {
    await bff.control('faults', {
      path: '/wxa/getwxacodeunlimit',
      mode: 'errcode',
      errcode: 45009,
    })
    const page = await bff.newBrowser().go<string>('/?scan=1')
    expect([page.status, page.headers.get('content-type')]).toEqual([
      503,
      'text/html; charset=utf-8',
    ])
    expect(page.body).toContain('暂时无法生成小程序码')
  })
})

describe('a feature that is not configured', () => {
  const of = (type: string) => APPS.filter((app) => app.type === type)

  it('answers NOT_FOUND: no JS-SDK without an official account, no scans without a mini-program', async () => {
    await withWebBff({ apps: of('website') }, async (website) => {
      const browser = website.newBrowser()
      const url = encodeURIComponent(`${website.url}/`)
      expect(await codeOf(browser, `/v1/web/jssdk-config?url=${url}`)).toEqual([404, 'NOT_FOUND'])
      expect((await browser.post('/v1/web/scans')).status).toBe(404)
      expect((await browser.go('/')).status).toBe(200)
    })
    await withWebBff({ apps: of('miniprogram') }, async (phones) => {
      expect((await phones.newBrowser().go('/v1/web/login')).status).toBe(404)
      expect((await phones.newBrowser().post('/v1/web/scans')).status).toBe(200)
    })
  })
})

it.each([
  ['denied', 1],
  ['constructor', 0],
  ['toString', 0],
  ['__proto__', 0],
])(
  'explains the result of a sign-in on the page: %s has %i sentences',
  async (outcome, sentences) => {
    const { body } = await bff.newBrowser().go<string>(`/?login=${outcome}`)
    expect(body.match(/class="notice"/g) ?? []).toHaveLength(sentences)
  },
)
