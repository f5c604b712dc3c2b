/** How the library handles wrong types in an answer, and a dialect that throws on one. */
import type { Backend } from '../../../../miniprogram/auth/index'
import { countOf, fail, get, launch, script } from './kit'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

/** A custom dialect, for a server that answers as ours does. */
const dialect: Backend = {
  login: (code) => ({ path: '/v1/login', method: 'POST', data: { code } }),
  readSession: (body) => ({ token: (body as { token: string }).token }),
  judge: ({ status }) => (status < 300 ? 'ok' : { code: 'MINE' }),
  authorize: (token) => ({ header: { Authorization: `Bearer ${token}` } }),
}

describe('an error keeps its types', () => {
  it.each([
    [400, { code: 'X', message: { a: 1 }, requestId: [] }, { code: 'X', message: 'HTTP 400' }],
    [400, { code: 'X', message: null }, { code: 'X', message: 'HTTP 400' }],
    [400, { code: 'X', requestId: 7 }, { requestId: '7' }],
    [500, { code: { a: 1 } }, { kind: 'protocol', code: undefined }],
  ])('status %d, %j', async (status, error, expected) => {
    const { auth, server } = launch()
    await get(auth.ready())
    script(server, 'GET /v1/x', { status, body: { error } })
    const thrown = await fail(auth.request({ path: '/v1/x' }))
    expect(thrown).toMatchObject(expected)
    for (const text of [thrown.message, thrown.code ?? '', thrown.requestId ?? ''])
      expect(typeof text).toBe('string')
  })

  it('also when a dialect returns a number, and in a login', async () => {
    const judge = () => ({ code: 500 as unknown as string })
    const { auth, server } = launch({ backend: { ...dialect, judge } })
    script(server, 'POST /v1/login', { status: 400, body: {} })
    expect(await fail(auth.login())).toMatchObject({ kind: 'api', code: '500' })
  })
})

describe('a dialect', () => {
  it('that throws while it reads the session makes the answer `protocol`', async () => {
    const readSession: Backend['readSession'] = (body) => ({
      token: (body as { data: { token: string } }).data.token,
    })
    const { auth } = launch({ backend: { ...dialect, readSession } })
    expect((await fail(auth.ready())).kind).toBe('protocol')
  })

  it('may return null for an unknown end', async () => {
    const readSession = () => ({ token: 'token-1', expiresAt: null })
    const { auth } = launch({ backend: { ...dialect, readSession } })
    await get(auth.ready())
    expect(auth.state).toBe('signed-in')
  })

  it.each([undefined, null, NaN])(
    'that returns %s as the waiting time leaves it to Retry-After',
    async (ms) => {
      const judge: Backend['judge'] = ({ status }) =>
        status < 300 ? 'ok' : { code: 'BUSY', retryAfterMs: ms! }
      const { auth, server } = launch({ backend: { ...dialect, judge } })
      await get(auth.ready())
      const sinceMs = Date.now()
      script(server, 'GET /v1/x', { status: 503, body: {}, header: { 'Retry-After': '5' } })
      await get(auth.request({ path: '/v1/x' }))
      expect(Date.now() - sinceMs).toBeGreaterThanOrEqual(5000)
    },
  )

  it('whose `authorize` throws causes a programming error, not a network failure: no retry', async () => {
    const authorize = jest.fn(() => {
      throw new Error('a dialect with a mistake')
    })
    const { auth, wx } = launch({ backend: { ...dialect, authorize } })
    const error = await fail(auth.request({ path: '/v1/x' }))
    expect([error.kind, authorize.mock.calls.length]).toEqual(['unsupported', 1])
    expect(countOf(wx, 'GET /v1/x')).toBe(0)
  })
})
