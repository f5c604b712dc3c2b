/**
 * The state of a sign-in works once, in the browser that began, for ten minutes; also with clocks
 * that go back.
 */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { makeTempDir } from '../../../support/temp-dir'
import { startWebBff } from '../../../support/web-bff'
import type { WebBff } from '../../../support/web-bff'

let bff: WebBff
beforeAll(async () => {
  bff = await startWebBff()
})
afterAll(() => bff.stop())

describe('a state', () => {
  it('works once', async () => {
    const browser = bff.newBrowser()
    const { location } = await browser.go('/v1/web/login')
    const callback = await bff.decide(location, 'alice')
    expect((await browser.go(callback)).status).toBe(302)
    const replay = await browser.go(callback)
    expect([replay.status, replay.body.error.code]).toEqual([400, 'STATE_INVALID'])
  })

  it('works in the browser that began, and two of its tabs may each have one', async () => {
    const [mine, other] = [bff.newBrowser(), bff.newBrowser()]
    const first = await mine.go('/v1/web/login?to=/one')
    const second = await mine.go('/v1/web/login?to=/two')
    await other.go('/v1/web/login')
    const callback = await bff.decide(first.location, 'alice')
    expect((await other.go(callback)).body.error.code).toBe('STATE_INVALID')
    expect((await mine.go(callback)).location).toBe('/one')
    expect((await mine.go(await bff.decide(second.location, 'alice'))).location).toBe('/two')
  })

  it('has its own cookie, so that tabs may begin at the same time', async () => {
    const browser = bff.newBrowser()
    const begun = await Promise.all(
      ['/one', '/two'].map((to) => browser.go(`/v1/web/login?to=${to}`)),
    )
    for (const [index, to] of ['/one', '/two'].entries()) {
      const callback = await bff.decide(begun[index]!.location, 'alice')
      expect((await browser.go(callback)).location).toBe(to)
    }
    expect([...browser.cookies.keys()]).toEqual(['session'])
  })

  it('is displaced by ten later ones of the same browser', async () => {
    const browser = bff.newBrowser()
    const begun: string[] = []
    for (let n = 0; n < 12; n++) begun.push((await browser.go('/v1/web/login')).location)
    expect(browser.cookies.size).toBe(10)
    const finish = async (location: string) =>
      (await browser.go(await bff.decide(location, 'alice'))).status
    expect([await finish(begun[1]!), await finish(begun[2]!)]).toEqual([400, 302])
    expect(await finish(begun[11]!)).toBe(302)
  })

  it('can be used again after the database was down', async () => {
    const dir = makeTempDir()
    const file = join(dir.path, 'app.db')
    const own = await startWebBff({ databaseUrl: `file:${file}` })
    const other = new Database(file)
    try {
      const browser = own.newBrowser()
      const { location } = await browser.go('/v1/web/login')
      const callback = await own.decide(location, 'alice')
      other.exec('BEGIN IMMEDIATE')
      expect((await browser.go(callback)).status).toBe(503)
      other.exec('ROLLBACK')
      expect((await browser.go(callback)).status).toBe(302)
    } finally {
      other.close()
      await own.stop()
      dir.remove()
    }
  })

  it('ends after ten minutes', async () => {
    const browser = bff.newBrowser()
    const { location } = await browser.go('/v1/web/login')
    const callback = await bff.decide(location, 'alice')
    bff.clock.offsetMs += 601_000
    expect((await browser.go(callback)).body.error.code).toBe('STATE_INVALID')
    bff.clock.offsetMs = 0
  })
})

describe('after the clock went back an hour', () => {
  beforeEach(() => {
    bff.clock.offsetMs += 3_600_000
  })
  afterEach(() => {
    bff.clock.offsetMs = 0
  })
  const back = () => {
    bff.clock.offsetMs -= 3_600_000
  }

  it('an earlier state has ended', async () => {
    const browser = bff.newBrowser()
    const { location } = await browser.go('/v1/web/login')
    const callback = await bff.decide(location, 'alice')
    back()
    expect((await browser.go(callback)).body.error.code).toBe('STATE_INVALID')
  })

  it('an earlier ticket has ended', async () => {
    const phone = await bff.phoneOf('alice')
    const { body } = await phone.post<{ url: string }>('/v1/web/tickets', { to: '/' })
    back()
    expect((await bff.newBrowser().go(body.url)).body.error.code).toBe('TICKET_INVALID')
  })

  it('earlier scans have ended and hold no slot', async () => {
    const browser = bff.newBrowser()
    const { scan, scene } = await bff.openScan(browser)
    for (let n = 1; n < 20; n++) await bff.openScan(bff.newBrowser())
    back()
    const phone = await bff.phoneOf('alice')
    expect((await phone.go(`/v1/scans/${scene}`)).status).toBe(404)
    const poll = await browser.post(`/v1/web/scans/${scan.id}/poll`, { secret: scan.secret })
    expect(poll.body).toEqual({ status: 'expired' })
    expect((await browser.post('/v1/web/scans')).status).toBe(200)
  })

  it('a new scan is not slowed down by an earlier poll', async () => {
    back()
    const browser = bff.newBrowser()
    const { scan } = await bff.openScan(browser)
    const poll = () => browser.post(`/v1/web/scans/${scan.id}/poll`, { secret: scan.secret })
    await poll()
    bff.clock.offsetMs -= 30_000
    expect((await poll()).body).toEqual({ status: 'pending' })
  })
})
