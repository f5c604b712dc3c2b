/**
 * The person of a web session: filling the profile, the phone number shown, and nickname checks.
 */
import type { User } from '../../../../typings/api'
import { startWebBff, withWebBff } from '../../../support/web-bff'
import type { Browser, WebBff } from '../../../support/web-bff'

const OFFICIAL = 'wx5a6dbc0000000002'

let bff: WebBff
beforeAll(async () => {
  bff = await startWebBff()
})
afterAll(() => bff.stop())

describe('a profile of WeChat', () => {
  const clear = (browser: Browser) =>
    browser.go('/v1/me', {
      method: 'PUT',
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
      body: '{"nickname":null}',
    })

  const filledRows = async () =>
    (await bff.sqlClient.read((db) => db.selectFrom('web_filled').selectAll().execute())).length

  const profile = { nickname: '老王', avatarUrl: 'https://thirdwx.qlogo.cn/1' }

  it('fills once: cleared fields stay cleared, even after a merge', async () => {
    const browser = bff.newBrowser()
    await bff.signIn(browser, 'clara')
    expect((await browser.go<User>('/v1/me')).body.nickname).toBe('clara')
    await bff.phoneOf('clara')
    await clear(browser)
    await bff.signIn(browser, 'clara', 'scope=snsapi_login&to=/')
    expect((await browser.go<User>('/v1/me')).body.nickname).toBeNull()
  })

  it('does not fill a field that the person cleared before, but fills the other one', async () => {
    for (const [user, path, method, body] of [
      ['nora', '/v1/me', 'PUT', '{"nickname":null}'],
      ['arno', '/v1/me/avatar', 'DELETE', undefined],
    ] as const) {
      const phone = await bff.phoneOf(user)
      const [session] = await bff.store.listSessions(phone.user.id)
      await bff.store.fillProfile(session!, { nickname: user, avatarUrl: 'https://a.example/1' })
      const headers = { 'content-type': 'application/json' }
      await phone.go(path, { method, headers, ...(body !== undefined && { body }) })
      const browser = bff.newBrowser()
      await bff.signIn(browser, user)
      const { nickname, avatarUrl } = (await browser.go<User>('/v1/me')).body
      const isNickname = method === 'PUT'
      expect([user, nickname === null, avatarUrl === null]).toEqual([user, isNickname, !isNickname])
    }
  })

  it('is not recorded for an account that was deleted meanwhile', async () => {
    const phone = await bff.phoneOf('gone')
    const before = await filledRows()
    await bff.firstFills.once(phone.user.id, profile, async () => {
      await phone.go('/v1/me', { method: 'DELETE' })
      return {}
    })
    expect(await filledRows()).toBe(before)
  })

  it('of the younger account counts for the older one after a merge', async () => {
    const phone = await bff.phoneOf('merle')
    const person = { appid: OFFICIAL, openid: 'o-merle', unionid: null }
    const opening = { idleSinceMs: 0, maxSessions: 20, sessionKeySealed: '', sessionKeyAtMs: 0 }
    const nowMs = Date.now() + 1
    const session = { device: '', createdAtMs: nowMs, expiresAtMs: nowMs + 60_000 }
    const web = { ...person, ...opening }
    const { user } = await bff.store.login({ ...web, session: { ...session, id: 'merle-1' } })
    await bff.firstFills.once(user.id, profile, () => Promise.resolve(user))
    const { unionid } = phone.user
    await bff.store.login({ ...web, unionid, session: { ...session, id: 'merle-2' } })
    const browser = bff.newBrowser()
    await bff.signIn(browser, 'merle')
    expect((await browser.go<User>('/v1/me')).body).toMatchObject({
      id: phone.user.id,
      nickname: null,
    })
  })

  it.each([
    ['nickname', { ...profile, nickname: null }],
    ['avatarUrl', { ...profile, avatarUrl: null }],
  ] as const)(
    'fills the %s that WeChat returns only later, and nothing else then',
    async (lack, first) => {
      const { user } = await bff.phoneOf(`later-${lack}`)
      const fill = jest.fn(() => Promise.resolve({}))
      await bff.firstFills.once(user.id, { nickname: null, avatarUrl: null }, fill)
      await bff.firstFills.once(user.id, first, fill)
      await bff.firstFills.once(user.id, profile, fill)
      await bff.firstFills.once(user.id, profile, fill)
      const rest = { nickname: null, avatarUrl: null, [lack]: profile[lack] }
      expect(fill.mock.calls).toEqual([[first], [rest]])
    },
  )

  it('is not recorded as filled when its session ended meanwhile', async () => {
    const { user } = await bff.phoneOf('meanwhile')
    const fill = jest.fn(() => Promise.resolve(null))
    await bff.firstFills.once(user.id, profile, fill)
    await bff.firstFills.once(user.id, profile, fill)
    expect(fill).toHaveBeenCalledTimes(2)
  })

  it('never names anybody 微信用户', async () => {
    const browser = bff.newBrowser()
    await bff.signIn(browser, '微信用户')
    const { body } = await browser.go<User>('/v1/me')
    expect([body.nickname, body.avatarUrl]).toEqual([null, expect.stringMatching(/^https:/)])
  })
})

async function countPhoneCalls(): Promise<number> {
  const calls = await fetch(`${bff.sandboxUrl}/__sandbox/calls`)
  const { counts } = (await calls.json()) as { counts: Record<string, number> }
  return counts['/wxa/business/getuserphonenumber'] ?? 0
}

describe('a user on the web', () => {
  it('sees the phone number given to the mini-program, and can remove it', async () => {
    const phone = await bff.phoneOf('phil')
    const { code } = await bff.control<{ code: string }>('phone-code', {
      appid: 'wx5a6dbc0000000001',
      user: 'phil',
      phone: '15600000077',
    })
    await phone.post('/v1/me/phone', { code })
    const browser = bff.newBrowser()
    await bff.signIn(browser, 'phil')
    expect((await browser.go<User>('/v1/me')).body.phone).toBe('156******77')
    const answer = await browser.go<User>('/v1/me/phone', {
      method: 'DELETE',
      headers: { 'sec-fetch-site': 'same-origin' },
    })
    expect([answer.status, answer.body.phone]).toEqual([200, null])
  })

  it.each([
    ['a website', 'scope=snsapi_login&to=/'],
    ['an official account', 'scope=snsapi_base&to=/'],
  ])(
    'of %s has no phone button: the answer says so, and WeChat is not called',
    async (_name, way) => {
      const before = await countPhoneCalls()
      const browser = bff.newBrowser()
      await bff.signIn(browser, 'desk', way)
      for (const proof of [{ code: 'phone-code' }, { encryptedData: 'AAAA', iv: 'AAAA' }]) {
        const { status, body } = await browser.post('/v1/me/phone', proof)
        expect([status, body.error.code]).toEqual([409, 'SESSION_KEY_STALE'])
        expect(body.error.message).toContain('mini-program')
      }
      expect(await countPhoneCalls()).toBe(before)
    },
  )

  it.each([
    ['lenient', 200],
    ['strict', 503],
  ])(
    'without the mini-program has a nickname that can not be checked: %s answers %i',
    async (policy, status) => {
      await withWebBff({ variables: { CONTENT_CHECK: policy } }, async (own) => {
        const browser = own.newBrowser()
        await own.signIn(browser, 'stranger', 'scope=snsapi_base&to=/')
        const answer = await browser.go('/v1/me', {
          method: 'PUT',
          headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
          body: '{"nickname":"老王"}',
        })
        expect(answer.status).toBe(status)
      })
    },
  )

  it('has a nickname checked as the person of the mini-program', async () => {
    await bff.phoneOf('nick')
    const browser = bff.newBrowser()
    await bff.signIn(browser, 'nick')
    const put = (nickname: string) =>
      browser.go('/v1/me', {
        method: 'PUT',
        headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
        body: JSON.stringify({ nickname }),
      })
    expect((await put('特朗普习近平违禁')).status).toBe(422)
    expect((await put('老王')).status).toBe(200)
  })
})
