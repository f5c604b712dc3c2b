/**
 * The person of a web session: filling the profile, the phone number shown, and nickname checks.
 */
import type { User } from '../../../../typings/api'
import { startWebBff, withWebBff } from '../../../support/web-bff'
import type { Browser, WebBff } from '../../../support/web-bff'

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
