/**
 * Anyone can start a sign-in, and each is a row: their number is limited, and the rows are removed.
 */
import { startWebBff } from '../../../support/web-bff'
import type { WebBff } from '../../../support/web-bff'

const LIMIT = 1000

let bff: WebBff
beforeAll(async () => {
  bff = await startWebBff()
})
afterAll(() => bff.stop())

const addRows = (address: string, count: number) =>
  bff.sqlClient.write(async (trx) => {
    for (let n = 0; n < count; n++) {
      const row = { state_hash: `${address} ${n}`, browser_hash: 'b', address, appid: 'a' }
      const rest = { scope: 'snsapi_base', return_to: '/', expires_at_ms: Date.now() + 600_000 }
      await trx
        .insertInto('web_sign_ins')
        .values({ ...row, ...rest })
        .execute()
    }
  })
const countRows = async () =>
  (await bff.sqlClient.read((db) => db.selectFrom('web_sign_ins').selectAll().execute())).length

it('1000 of one address are under way at most; one that is finished or over makes room', async () => {
  await addRows('203.0.113.7', LIMIT)
  await addRows('127.0.0.1', LIMIT - 1)
  const browser = bff.newBrowser()
  const last = await browser.go('/v1/web/login')
  expect(last.status).toBe(302)

  const write = jest.spyOn(bff.sqlClient, 'write')
  const refused = await bff.newBrowser().go('/v1/web/login')
  expect([refused.status, refused.body.error.code]).toEqual([429, 'RATE_LIMITED'])
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(refused.headers.getSetCookie()).toEqual([])
  // An exception inside a write would roll back other writes of the same batch.
  expect(await write.mock.results[0]?.value).toBe(false)
  write.mockRestore()

  await browser.go(await bff.decide(last.location, 'alice'))
  expect((await bff.newBrowser().go('/v1/web/login')).status).toBe(302)
  expect((await bff.newBrowser().go('/v1/web/login')).status).toBe(429)

  bff.clock.offsetMs = 601_000
  expect((await bff.newBrowser().go('/v1/web/login')).status).toBe(302)
  expect(await countRows()).toBe(1)
})

it('expired rows are removed by a sweep after a login, even if nobody starts another sign-in', async () => {
  await bff.newBrowser().go('/v1/web/login')
  await bff.newBrowser().post('/v1/web/scans')
  const cookie = { cookie_hash: 'hash', session_id: 's', expires_at_ms: Date.now() + 600_000 }
  await bff.sqlClient.write((trx) => trx.insertInto('web_cookies').values(cookie).execute())
  const later = performance.now() + 10_001
  const clock = jest.spyOn(performance, 'now').mockReturnValue(later)
  bff.clock.offsetMs += 700_000
  await bff.phoneOf('alice')
  clock.mockRestore()
  await bff.sqlClient.write(() => Promise.resolve())
  const scans = await bff.sqlClient.read((db) => db.selectFrom('web_scans').selectAll().execute())
  const cookies = await bff.sqlClient.read((db) =>
    db.selectFrom('web_cookies').select('cookie_hash').execute(),
  )
  expect([await countRows(), scans]).toEqual([0, []])
  expect(cookies).not.toContainEqual({ cookie_hash: 'hash' })
})
