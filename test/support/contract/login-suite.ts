import type { LoginAnswer } from '../../../typings/api'
import { APPID } from '../bff'
import { refusalOf, useHost } from './host'
import type { StartHost } from './host'

export function describeLogin(start: StartHost): void {
  describe('POST /v1/login', () => {
    const host = useHost(start)
    const loginWith = (body: unknown) => host().send('POST', '/v1/login', body)
    const exchanges = () => host().callsTo('/sns/jscode2session')

    it('creates a user and a token from a code of WeChat', async () => {
      const { status, body, headers } = await host().login('alice')
      expect(status).toBe(200)
      expect(body).toEqual({
        token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
        expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/),
        isNew: true,
        user: {
          id: expect.any(String),
          openid: expect.stringMatching(/^o[\w-]{27}$/),
          unionid: expect.stringMatching(/^o[\w-]{27}$/),
          nickname: null,
          avatarUrl: null,
          gender: 0,
          phone: null,
          createdAt: expect.stringMatching(/Z$/),
          lastLoginAt: expect.stringMatching(/Z$/),
        },
      })
      expect(headers.get('cache-control')).toBe('no-store')
      expect(JSON.stringify(body)).not.toMatch(/session_?key/i)
    })

    it('issues a token with the claims of the contract, valid for 30 days', async () => {
      const { token, expiresAt, user } = (await host().login()).body
      const [head = '', claims = ''] = token.split('.')
      const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString())
      expect(read(head)).toEqual({ alg: 'HS256', typ: 'JWT', kid: expect.any(String) })
      const { iat, exp, ...others } = read(claims) as { iat: number; exp: number }
      const sid = expect.any(String)
      expect(others).toEqual({ iss: 'wechat-login', aud: APPID, sub: user.id, sid })
      expect([exp - iat, new Date(exp * 1000).toISOString()]).toEqual([30 * 86_400, expiresAt])
    })

    it('finds the same user again', async () => {
      const first = await host().login('alice')
      const second = await host().login('alice')
      expect(second.body.isNew).toBe(false)
      expect(second.body.user.id).toBe(first.body.user.id)
      expect(second.body.token).not.toBe(first.body.token)
    })

    it('keeps two people separate', async () => {
      const alice = await host().login('alice')
      const bob = await host().login('bob')
      expect(bob.body.user.id).not.toBe(alice.body.user.id)
      expect(bob.body.user.openid).not.toBe(alice.body.user.openid)
    })

    it('makes one user of many simultaneous first logins', async () => {
      const answers = await Promise.all(Array.from({ length: 12 }, () => host().login('alice')))
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
      expect(new Set(answers.map(({ body }) => body.user.id)).size).toBe(1)
      expect(answers.filter(({ body }) => body.isNew)).toHaveLength(1)
    })

    it('allows 20 sessions, and ends the oldest above that', async () => {
      const tokens: string[] = []
      for (let i = 0; i < 21; i++) tokens.push((await host().login('alice')).body.token)
      const first = await host().get('/v1/me', tokens[0])
      expect(refusalOf(first)).toEqual([401, 'SESSION_REVOKED'])
      expect((await host().get('/v1/me', tokens[1])).status).toBe(200)
    })

    it('accepts the appid of the only app, and `extra`', async () => {
      const body = { code: await host().newCode(), appid: APPID, extra: { channel: 'poster' } }
      expect((await host().send<LoginAnswer>('POST', '/v1/login', body)).status).toBe(200)
    })

    it('answers WX_CODE_INVALID for a code that WeChat does not know', async () => {
      expect(refusalOf(await loginWith({ code: 'nobody-gave-this' }))).toEqual([
        400,
        'WX_CODE_INVALID',
      ])
    })

    it('answers WX_CODE_USED the second time, without calling WeChat again', async () => {
      const code = await host().newCode()
      expect((await loginWith({ code })).status).toBe(200)
      expect(refusalOf(await loginWith({ code }))).toEqual([400, 'WX_CODE_USED'])
      expect(await exchanges()).toBe(1)
    })

    it('sends a code once when it arrives ten times at once', async () => {
      const code = await host().newCode()
      const answers = await Promise.all(Array.from({ length: 10 }, () => loginWith({ code })))
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
      const codes = answers
        .filter(({ status }) => status !== 200)
        .map(({ body }) => body.error.code)
      expect(codes.filter((each) => !/^WX_CODE_(IN_FLIGHT|USED)$/.test(each))).toEqual([])
      expect(await exchanges()).toBe(1)
    })

    it.each([
      ['no code', {}],
      ['an empty code', { code: '' }],
      ['a number', { code: 7 }],
      ['the mock code of DevTools', { code: 'the code is a mock one' }],
      ['a code of 129 characters', { code: 'a'.repeat(129) }],
      ['an unknown field', { code: 'abc', openid: 'x' }],
      ['an unknown app', { code: 'abc', appid: 'wx0000000000000000' }],
      ['more than 1 KiB of extra', { code: 'abc', extra: { text: 'a'.repeat(1024) } }],
      ['a list', []],
    ])('sends no code when the body is invalid: %s', async (_name, body) => {
      const answer = await loginWith(body)
      expect(refusalOf(answer)).toEqual([400, 'INVALID_REQUEST'])
      expect(answer.body.error.issues?.length).toBeGreaterThan(0)
      expect(await exchanges()).toBe(0)
    })

    const faults: [object, string][] = [
      [{ mode: 'errcode', errcode: -1 }, 'WX_UNAVAILABLE'],
      [{ mode: 'errcode', errcode: 40029 }, 'WX_CODE_INVALID'],
      [{ mode: 'errcode', errcode: 40163 }, 'WX_CODE_USED'],
      [{ mode: 'errcode', errcode: 40226 }, 'WX_USER_BLOCKED'],
      [{ mode: 'errcode', errcode: 45011 }, 'WX_QUOTA'],
      [{ mode: 'errcode', errcode: 40125 }, 'WX_MISCONFIGURED'],
      [{ mode: 'errcode', errcode: 99999 }, 'WX_UNAVAILABLE'],
      [{ mode: 'status', status: 502 }, 'WX_UNAVAILABLE'],
      [{ mode: 'html' }, 'WX_UNAVAILABLE'],
      [{ mode: 'bad-json' }, 'WX_UNAVAILABLE'],
      [{ mode: 'empty' }, 'WX_UNAVAILABLE'],
      [{ mode: 'reset' }, 'WX_UNAVAILABLE'],
    ]
    it.each(faults)(
      'maps the WeChat fault %j to %s, and the next login works',
      async (fault, code) => {
        await host().control('faults', { path: '/sns/jscode2session', times: 1, ...fault })
        const answer = await loginWith({ code: await host().newCode() })
        expect(answer.body.error.code).toBe(code)
        if (answer.status === 503) expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
        expect(answer.body.error.message).not.toMatch(/rid|127\.0\.0\.1|sandbox/)
        expect(await exchanges()).toBe(1)
        expect((await host().login()).status).toBe(200)
      },
    )

    it('limits bad codes to 20 a minute, and nobody whose codes are good', async () => {
      for (let n = 0; n < 25; n++) expect((await host().login()).status).toBe(200)
      for (let n = 0; n < 20; n++) {
        expect((await loginWith({ code: `wrong-${n}` })).body.error.code).toBe('WX_CODE_INVALID')
      }
      const answer = await loginWith({ code: 'wrong-20' })
      expect(refusalOf(answer)).toEqual([429, 'RATE_LIMITED'])
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
      host().clock.offsetMs = 61_000
      expect((await loginWith({ code: 'wrong-21' })).body.error.code).toBe('WX_CODE_INVALID')
    })
  })
}
