import type { SessionCheckAnswer, SessionsAnswer } from '../../../typings/api'
import { until } from '../until'
import { refusalOf, useHost, useSharedHost } from './host'
import type { StartHost } from './host'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const AGENT =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) MicroMessenger/8.0.50 NetType/WIFI'

export function describeSessions(start: StartHost): void {
  describe('sessions', () => {
    const host = useHost(start)
    const tokenOf = async (user = 'alice') => (await host().login(user)).body.token
    const list = async (token: string) =>
      (await host().get<SessionsAnswer>('/v1/sessions', token)).body.sessions
    const codeFor = async (token: string) => refusalOf(await host().get('/v1/me', token))
    const post = (path: string, token: string) => host().send('POST', path, {}, token)
    const remove = (id: string, token: string) =>
      host().call(`/v1/sessions/${id}`, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${token}` },
      })

    it('are listed while valid, the newest first, and the current one is marked', async () => {
      const first = await tokenOf()
      await host().call('/v1/login', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': AGENT },
        body: JSON.stringify({ code: await host().newCode() }),
      })
      await tokenOf('bob')
      expect((await list(first)).map(({ device, current }) => [device, current])).toEqual([
        ['iPhone · 微信 8.0.50', false],
        [expect.any(String), true],
      ])
    })

    it('end by logout: this one at once, and no other', async () => {
      const [mine, other] = [await tokenOf(), await tokenOf()]
      expect((await post('/v1/logout', mine)).status).toBe(204)
      expect(await codeFor(mine)).toEqual([401, 'SESSION_REVOKED'])
      expect((await host().get('/v1/me', other)).status).toBe(200)
    })

    it('end by logout-all: all of this user, and none of another', async () => {
      const [one, two, bob] = [await tokenOf(), await tokenOf(), await tokenOf('bob')]
      expect((await post('/v1/logout-all', one)).status).toBe(204)
      expect(await codeFor(two)).toEqual([401, 'SESSION_ENDED'])
      expect((await host().get('/v1/me', one)).status).toBe(401)
      expect((await host().get('/v1/me', bob)).status).toBe(200)
    })

    it('end by end-others: all but this one', async () => {
      const [mine, one, two] = [await tokenOf(), await tokenOf(), await tokenOf()]
      const bob = await tokenOf('bob')
      expect((await post('/v1/sessions/end-others', mine)).status).toBe(204)
      for (const token of [one, two]) expect(await codeFor(token)).toEqual([401, 'SESSION_ENDED'])
      for (const token of [mine, bob]) expect((await host().get('/v1/me', token)).status).toBe(200)
    })

    it('that ended elsewhere are not renewed by a silent login, but by a tap', async () => {
      const [mine, removed] = [await tokenOf(), await tokenOf()]
      await post('/v1/sessions/end-others', mine)
      const renew = async (token: string) =>
        host().call('/v1/login', {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'renewed-token': token },
          body: JSON.stringify({ code: await host().newCode() }),
        })
      expect(refusalOf(await renew(removed))).toEqual([401, 'SESSION_ENDED'])
      expect((await renew(mine)).status).toBe(200)
      expect((await host().login()).status).toBe(200)
    })

    it('end from another device; one of another user answers 404', async () => {
      const [alice, phone, bob] = [await tokenOf(), await tokenOf(), await tokenOf('bob')]
      const other = (await list(alice)).find(({ current }) => !current)!
      expect((await remove(other.id, bob)).status).toBe(404)
      expect((await host().get('/v1/me', phone)).status).toBe(200)
      expect((await remove(other.id, alice)).status).toBe(204)
      expect(await codeFor(phone)).toEqual([401, 'SESSION_ENDED'])
      expect((await remove(other.id, alice)).status).toBe(404)
      expect((await remove('no-such-session', alice)).status).toBe(404)
    })

    /**
     * Uses the session at this time and waits for its lastSeenAt, because the answer does not wait
     * for that write.
     */
    async function useAt(ms: number, token: string): Promise<void> {
      host().clock.offsetMs = ms
      const isSlid = async () => {
        const current = (await list(token)).find((session) => session.current)!
        return Date.parse(current.lastSeenAt) > Date.now() + ms - HOUR_MS
      }
      expect((await host().get('/v1/me', token)).status).toBe(200)
      await until(isSlid)
    }

    it('slide while used, and end after 7 idle days', async () => {
      const token = await tokenOf()
      await useAt(6 * DAY_MS, token)
      await useAt(12 * DAY_MS, token)
      host().clock.offsetMs = 19.1 * DAY_MS
      expect((await host().get('/v1/me', token)).status).toBe(401)
    })

    it('end after 30 days, used or not', async () => {
      const token = await tokenOf()
      for (let day = 6; day < 30; day += 6) await useAt(day * DAY_MS, token)
      host().clock.offsetMs = 30 * DAY_MS + 1000
      expect(await codeFor(token)).toEqual([401, 'TOKEN_EXPIRED'])
    })

    it('ask WeChat whether the session_key is still valid', async () => {
      const token = await tokenOf()
      const check = () => host().get<SessionCheckAnswer>('/v1/session/check', token)
      expect((await check()).body).toEqual({ sessionKeyValid: true })
      await host().control('users/alice/expire-session')
      expect((await check()).body).toEqual({ sessionKeyValid: false })
      await host().control('faults', { path: '/wxa/checksession', mode: 'errcode', errcode: -1 })
      expect(refusalOf(await check())).toEqual([503, 'WX_UNAVAILABLE'])
    })
  })

  describe('a token', () => {
    const host = useSharedHost(start)

    it.each([
      ['no header', undefined, 'TOKEN_MISSING'],
      ['another scheme', 'Basic YTpi', 'TOKEN_MISSING'],
      ['a bare scheme', 'Bearer', 'TOKEN_INVALID'],
      ['two blanks', 'Bearer  a', 'TOKEN_INVALID'],
      ['an invented one', 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.', 'TOKEN_INVALID'],
    ])('is refused: %s', async (_name, authorization, code) => {
      const headers = authorization === undefined ? {} : { authorization }
      const answer = await host().call('/v1/me', { headers })
      expect(refusalOf(answer)).toEqual([401, code])
      expect(answer.headers.get('www-authenticate')).toBe(
        code === 'TOKEN_MISSING' ? 'Bearer' : 'Bearer error="invalid_token"',
      )
    })

    it('is refused when one of its characters is changed', async () => {
      const { token } = (await host().login()).body
      for (const at of [2, Math.floor(token.length / 2), token.length - 2]) {
        const other = token[at] === 'A' ? 'B' : 'A'
        const changed = token.slice(0, at) + other + token.slice(at + 1)
        expect((await host().get('/v1/me', changed)).status).toBe(401)
      }
      expect((await host().get('/v1/me', `${token}=`)).status).toBe(401)
    })

    it('is accepted with the scheme in any case', async () => {
      const { token } = (await host().login()).body
      const headers = { authorization: `bEaReR ${token}` }
      expect((await host().call('/v1/me', { headers })).status).toBe(200)
    })

    it('is checked before the body', async () => {
      const answer = await host().call('/v1/me', { method: 'PUT', body: 'no JSON' })
      expect(refusalOf(answer)).toEqual([401, 'TOKEN_MISSING'])
    })
  })
}
