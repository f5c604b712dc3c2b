/** From the phone into a web-view, and onto a computer through the phone. */
import { SANDBOX_MINI_PROGRAM } from '../../../../scripts/lib/defaults'
import type { SessionsAnswer, User } from '../../../../typings/api'
import { startWebBff } from '../../../support/web-bff'
import type { Browser, OpenedScan, WebBff } from '../../../support/web-bff'
import { signIn as signInAt } from '../../../integration/fixture'

let bff: WebBff
beforeAll(async () => {
  bff = await startWebBff()
})
afterEach(() => {
  bff.clock.offsetMs = 0
})
afterAll(() => bff.stop())

type Phone = Awaited<ReturnType<WebBff['phoneOf']>>

const ticketOf = async (phone: Phone, to = '/') =>
  (await phone.post<{ url: string }>('/v1/web/tickets', { to })).body.url

describe('a ticket', () => {
  it('signs one browser in, once, and leaks nothing to the next page', async () => {
    const phone = await bff.phoneOf('alice')
    const url = await ticketOf(phone, '/shop')
    const browser = bff.newBrowser()
    const answer = await browser.go(url)
    expect([answer.status, answer.location]).toEqual([302, '/shop'])
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
    expect((await browser.go<User>('/v1/me')).body.id).toBe(phone.user.id)
    const replay = await bff.newBrowser().go(url)
    expect([replay.status, replay.body.error.code]).toEqual([400, 'TICKET_INVALID'])
  })

  it('is valid for a minute, and ends with the session that created it', async () => {
    const phone = await bff.phoneOf('alice')
    const [late, orphan] = [await ticketOf(phone), await ticketOf(phone)]
    bff.clock.offsetMs = 61_000
    expect((await bff.newBrowser().go(late)).body.error.code).toBe('TICKET_INVALID')
    bff.clock.offsetMs = 0
    await phone.post('/v1/logout')
    expect((await bff.newBrowser().go(orphan)).body.error.code).toBe('TICKET_INVALID')
  })

  it('creates a session that ends with its phone, and spares it when it ends the others', async () => {
    const phone = await bff.phoneOf('bob')
    const other = await bff.phoneOf('bob')
    const browser = bff.newBrowser()
    await browser.go(await ticketOf(phone))
    expect((await browser.post('/v1/sessions/end-others')).status).toBe(204)
    expect((await phone.go('/v1/me')).status).toBe(200)
    expect((await other.go('/v1/me')).status).toBe(401)
    await phone.post('/v1/logout')
    expect((await browser.go('/v1/me')).status).toBe(401)
  })

  it('keeps the session of a browser that already has this person', async () => {
    const phone = await bff.phoneOf('alice')
    const browser = bff.newBrowser()
    await browser.go(await ticketOf(phone))
    const first = browser.cookies.get('session')
    await browser.go(await ticketOf(phone))
    expect(browser.cookies.get('session')).toBe(first)
  })

  it('used twenty times at once signs in once', async () => {
    const url = await ticketOf(await bff.phoneOf('alice'))
    const answers = await Promise.all(Array.from({ length: 20 }, () => bff.newBrowser().go(url)))
    expect(answers.filter(({ status }) => status === 302)).toHaveLength(1)
  })
})

async function open(browser: Browser): Promise<OpenedScan & { scene: string }> {
  const { scan, scene } = await bff.openScan(browser, '/desk')
  return { ...scan, scene }
}

const poll = (browser: Browser, { id, secret }: OpenedScan) =>
  browser.post<{ status: string; user?: User; to?: string }>(`/v1/web/scans/${id}/poll`, { secret })

describe('a scan', () => {
  it('signs the computer in after a confirmation on the phone, once', async () => {
    const [browser, phone] = [bff.newBrowser(), await bff.phoneOf('alice')]
    const scan = await open(browser)
    expect(scan.scene).toMatch(/^[0-9a-f]{32}$/)
    expect((await poll(browser, scan)).body).toEqual({ status: 'pending' })
    const look = await phone.go<{ browser: string; area: string }>(`/v1/scans/${scan.scene}`)
    expect(look.body.area).toBe('本机')
    bff.clock.offsetMs += 2000
    expect((await poll(browser, scan)).body).toEqual({ status: 'scanned' })
    expect((await phone.post(`/v1/scans/${scan.scene}/confirm`)).status).toBe(204)
    bff.clock.offsetMs += 2000
    const confirmed = await poll(browser, scan)
    expect(confirmed.body).toMatchObject({
      status: 'confirmed',
      user: { id: phone.user.id },
      to: '/desk',
    })
    expect((await browser.go<User>('/v1/me')).body.id).toBe(phone.user.id)
    bff.clock.offsetMs += 2000
    expect((await poll(browser, scan)).body).toEqual({ status: 'expired' })
    const { body } = await phone.go<SessionsAnswer>('/v1/sessions')
    expect(body.sessions.map(({ device }) => device).join()).toContain('扫码登录')
  })

  it('is decided only by the person who opened it', async () => {
    const [alice, mallory] = [await bff.phoneOf('alice'), await bff.phoneOf('mallory')]
    const scan = await open(bff.newBrowser())
    expect((await alice.post(`/v1/scans/${scan.scene}/confirm`)).status).toBe(404)
    await alice.go(`/v1/scans/${scan.scene}`)
    expect((await mallory.go(`/v1/scans/${scan.scene}`)).status).toBe(404)
    expect((await mallory.post(`/v1/scans/${scan.scene}/confirm`)).status).toBe(404)
    expect((await alice.post(`/v1/scans/${scan.scene}/deny`)).status).toBe(204)
    expect((await alice.post(`/v1/scans/${scan.scene}/confirm`)).status).toBe(404)
  })

  it('reveals nothing to a guess: wrong secret, unknown id and expired answer alike', async () => {
    const browser = bff.newBrowser()
    const scan = await open(browser)
    const wrong = await poll(browser, { ...scan, secret: 'x'.repeat(43) })
    const unknown = await poll(browser, { ...scan, id: '00000000-0000-4000-8000-000000000000' })
    bff.clock.offsetMs += 121_000
    const late = await poll(browser, scan)
    const odd = await Promise.all(
      ['', 'x'.repeat(2000), '红\ud800'].map((secret) => poll(browser, { ...scan, secret })),
    )
    const bodies = [wrong, unknown, late, ...odd].map(({ body }) => body)
    expect(bodies).toEqual(Array(6).fill({ status: 'expired' }))
  })

  it('has a scene in its code that neither its browser nor another scan reveals', async () => {
    const [first, second] = [await open(bff.newBrowser()), await open(bff.newBrowser())]
    for (const { scene } of [first, second]) {
      for (const shown of [first.id, first.secret, second.id, second.secret]) {
        expect(shown.replaceAll('-', '')).not.toContain(scene)
        expect(scene).not.toContain(shown.replaceAll('-', ''))
      }
    }
  })

  it('has a scene of 32 characters, each of them random', async () => {
    const scenes: string[] = []
    for (let n = 0; n < 8; n++) scenes.push((await open(bff.newBrowser())).scene)
    const places = Array.from({ length: 32 }, (_, place) =>
      scenes.map((scene) => scene[place]).join(''),
    )
    expect(new Set(places).size).toBe(32)
    for (const seen of places) expect(new Set(seen).size).toBeGreaterThan(1)
  })

  it('reveals as little to a phone that guesses a scene: unknown, malformed, expired and decided answer alike', async () => {
    const phone = await bff.phoneOf('alice')
    const [late, decided] = [await open(bff.newBrowser()), await open(bff.newBrowser())]
    for (const { scene } of [late, decided]) await phone.go(`/v1/scans/${scene}`)
    await phone.post(`/v1/scans/${decided.scene}/deny`)
    const scenes = ['0'.repeat(32), 'x', decided.id, decided.scene]
    const ask = async (scene: string) => {
      const answers = [
        await phone.go(`/v1/scans/${scene}`),
        await phone.post(`/v1/scans/${scene}/confirm`),
        await phone.post(`/v1/scans/${scene}/deny`),
      ]
      return answers.map(({ status, body: { error } }) => [status, error.code, error.message])
    }
    const answers = [...(await Promise.all(scenes.map(ask)))]
    bff.clock.offsetMs += 121_000
    answers.push(await ask(late.scene))
    const [sample] = answers[0]!
    expect(sample?.slice(0, 2)).toEqual([404, 'NOT_FOUND'])
    expect(answers.flat()).toEqual(Array(15).fill(sample))
  })

  it('opened while a login merges the accounts of its person is confirmed all the same', async () => {
    const phone = await bff.phoneOf('mei')
    const { scene } = await open(bff.newBrowser())
    const mergeWith = { unionid: 'UMei' }
    await signInAt(bff.store, { ...mergeWith, openid: 'oMeiOlder' })
    const { findLiveSession } = bff.store
    jest.spyOn(bff.store, 'findLiveSession').mockImplementationOnce(async (...args) => {
      const live = await findLiveSession(...args)
      const own = { appid: SANDBOX_MINI_PROGRAM, openid: phone.user.openid! }
      await signInAt(bff.store, { ...mergeWith, ...own })
      return live
    })
    expect((await phone.go(`/v1/scans/${scene}`)).status).toBe(200)
    expect((await phone.go<User>('/v1/me')).body.id).not.toBe(phone.user.id)
    expect((await phone.post(`/v1/scans/${scene}/confirm`)).status).toBe(204)
  })

  it('slows down a browser that polls sooner than the interval, after a free first poll', async () => {
    const browser = bff.newBrowser()
    const scan = await open(browser)
    expect((await poll(browser, scan)).status).toBe(200)
    const answer = await browser.post(`/v1/web/scans/${scan.id}/poll`, { secret: scan.secret })
    expect([answer.status, answer.body.error.code]).toEqual([429, 'SLOW_DOWN'])
  })

  it('ends with the phone that confirmed it', async () => {
    const [browser, phone] = [bff.newBrowser(), await bff.phoneOf('alice')]
    const scan = await open(browser)
    await phone.go(`/v1/scans/${scan.scene}`)
    await phone.post(`/v1/scans/${scan.scene}/confirm`)
    await phone.post('/v1/logout')
    expect((await poll(browser, scan)).body).toEqual({ status: 'expired' })
  })
})

describe('a phone that is logged out during its request is answered 401, and nothing changes:', () => {
  type Ask = (phone: Phone, scene: string) => Promise<{ status: number }>

  it.each<[string, Ask]>([
    ['a ticket', (phone) => phone.post('/v1/web/tickets', { to: '/' })],
    ['a look at a scan', (phone, scene) => phone.go(`/v1/scans/${scene}`)],
  ])('%s', async (_name, ask) => {
    const [browser, phone] = [bff.newBrowser(), await bff.phoneOf('alice')]
    const scan = await open(browser)
    const tickets = () =>
      bff.sqlClient.read((db) => db.selectFrom('web_tickets').selectAll().execute())
    const before = await tickets()
    bff.endOnceFound()
    expect((await ask(phone, scan.scene)).status).toBe(401)
    expect(await tickets()).toEqual(before)
    expect((await poll(browser, scan)).body).toEqual({ status: 'pending' })
  })

  it.each(['confirm', 'deny'])('its %s', async (verb) => {
    const [browser, phone] = [bff.newBrowser(), await bff.phoneOf('alice')]
    const scan = await open(browser)
    await phone.go(`/v1/scans/${scan.scene}`)
    bff.endOnceFound()
    expect((await phone.post(`/v1/scans/${scan.scene}/${verb}`)).status).toBe(401)
    expect((await poll(browser, scan)).body).toEqual({ status: 'scanned' })
  })
})

/** A refusal thrown inside a write would roll back other writes of the same batch. */
async function expectNoFailedWrite(work: () => Promise<unknown>): Promise<void> {
  const write = jest.spyOn(bff.sqlClient, 'write')
  await work()
  const results = write.mock.results.map(({ value }) => value as Promise<unknown>)
  write.mockRestore()
  const outcomes = await Promise.allSettled(results)
  expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['fulfilled']))
}

it('refuses too many scans, and a poll that comes too soon, without a failed write', async () => {
  bff.clock.offsetMs = 300_000
  const browser = bff.newBrowser()
  const scan = await open(browser)
  await expectNoFailedWrite(async () => {
    const polls = [await poll(browser, scan), await poll(browser, scan)]
    expect(polls.map(({ status }) => status)).toEqual([200, 429])
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => bff.newBrowser().post('/v1/web/scans')),
    )
    expect(answers.map(({ status }) => status)).toContain(429)
  })
})

it('keeps 20 scans of one address open, and refuses the next', async () => {
  bff.clock.offsetMs = 600_000
  const answers = await Promise.all(
    Array.from({ length: 21 }, () => bff.newBrowser().post('/v1/web/scans')),
  )
  expect(answers.map(({ status }) => status).sort()).toEqual([...Array<number>(20).fill(200), 429])
})
