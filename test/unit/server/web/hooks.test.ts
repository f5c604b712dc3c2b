/** The hooks of an embedding service apply to web sign-ins as to logins. */
import { sql } from 'kysely'
import type { Hooks } from '../../../../server/sessions/hooks'
import type { User } from '../../../../typings/api'
import { startWebBff } from '../../../support/web-bff'
import type { WebBff } from '../../../support/web-bff'

const hooks: Required<Hooks> = { resolveUser: jest.fn(), onLogin: jest.fn() }
const resolveUser = hooks.resolveUser as jest.Mock
const onLogin = hooks.onLogin as jest.Mock
const countLogin = jest.fn()

let bff: WebBff
beforeEach(async () => {
  jest.resetAllMocks()
  bff = await startWebBff({ hooks, countLogin })
})
afterEach(() => bff.stop())

const countOf = (table: 'users' | 'identities' | 'sessions') =>
  bff.sqlClient.read(async (db) => {
    const { rows } = await sql`SELECT * FROM ${sql.table(table)}`.execute(db)
    return rows.length
  })

it('refuses a stranger, and stores nothing of them', async () => {
  resolveUser.mockResolvedValue({ refuse: true })
  const browser = bff.newBrowser()
  const { status, body } = await bff.signIn(browser, 'stranger')
  expect([status, body.error.code]).toEqual([403, 'NOT_BOUND'])
  expect(browser.cookies.has('session')).toBe(false)
  expect(await Promise.all([countOf('users'), countOf('identities'), countOf('sessions')])).toEqual(
    [0, 0, 0],
  )
  expect(onLogin).not.toHaveBeenCalled()
  expect(countLogin.mock.calls).toEqual([['NOT_BOUND']])
})

it('names the account of a new person once, and is told of each sign-in', async () => {
  resolveUser.mockResolvedValue('member-17')
  const browser = bff.newBrowser()
  await bff.signIn(browser, 'alice')
  await bff.signIn(browser, 'alice', 'scope=snsapi_base&to=/')
  expect((await browser.go<User>('/v1/me')).body.id).toBe('member-17')
  expect(resolveUser).toHaveBeenCalledTimes(1)
  const user: unknown = expect.objectContaining({ id: 'member-17' })
  expect(onLogin.mock.calls).toEqual([
    [expect.objectContaining({ user, isNew: true })],
    [expect.objectContaining({ user, isNew: false })],
  ])
  expect(countLogin.mock.calls).toEqual([['new'], ['returning']])
})
