import { refuse } from '../../../support/fake-wx-server'
import { countOf, fail, get, isOurs, launch, script } from './kit'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

interface Echo {
  asked: string
}

describe('retries', () => {
  const faults = [
    ['a network failure', { errMsg: 'request:fail ' }],
    ['503', refuse(503, 'OVERLOADED')],
    ['a bare 503', { status: 503, text: '<html>' }],
    ['a timeout', 'hang'],
  ] as const

  it.each(faults)('resend idempotent requests after %s, at most twice', async (_name, fault) => {
    for (const method of ['GET', 'PUT', 'DELETE'] as const) {
      const { auth, wx, server } = launch()
      await get(auth.ready())
      script(server, `${method} /v1/x`, fault, fault)
      expect((await get(auth.request<Echo>({ path: '/v1/x', method }))).asked).toBe('/v1/x')
      script(server, `${method} /v1/x`, fault, fault, fault, fault)
      await fail(auth.request({ path: '/v1/x', method }))
      expect(countOf(wx, `${method} /v1/x`)).toBe(6)
    }
  })

  it.each(faults)('never send a POST again after %s', async (_name, fault) => {
    const { auth, wx, server } = launch()
    await get(auth.ready())
    script(server, 'POST /v1/x', fault)
    await fail(auth.request({ path: '/v1/x', method: 'POST' }))
    expect(countOf(wx, 'POST /v1/x')).toBe(1)
    script(server, 'POST /v1/x', fault)
    await fail(auth.upload({ path: '/v1/x', filePath: 'f', name: 'n' }))
    expect(countOf(wx, 'POST /v1/x')).toBe(2)
  })

  it('never send a method twice that is not known as idempotent, such as one in lower case', async () => {
    const { auth, wx, server } = launch()
    await get(auth.ready())
    const method = 'post' as 'POST'
    script(server, 'post /v1/x', refuse(503, 'OVERLOADED'))
    await fail(auth.request({ path: '/v1/x', method }))
    expect(countOf(wx, 'post /v1/x')).toBe(1)
  })

  it('follow the request options of the caller', async () => {
    const { auth, wx, server } = launch()
    await get(auth.ready())
    script(server, 'POST /v1/x', 'hang')
    await get(auth.request({ path: '/v1/x', method: 'POST', idempotent: true }))
    script(server, 'GET /v1/x', { errMsg: 'request:fail' })
    await fail(auth.request({ path: '/v1/x', idempotent: false }))
    expect(wx.requests.filter(({ path }) => path === '/v1/x')).toHaveLength(3)
  })

  it.each([
    refuse(500, 'INTERNAL'),
    refuse(429, 'RATE_LIMITED', { 'Retry-After': '1' }),
    refuse(400, 'INVALID_REQUEST'),
  ])('ignore other answers', async (fault) => {
    const { auth, wx, server } = launch()
    await get(auth.ready())
    script(server, 'GET /v1/x', fault)
    expect((await fail(auth.request({ path: '/v1/x' }))).code).toBe(fault.body.error.code)
    expect(countOf(wx, 'GET /v1/x')).toBe(1)
  })

  it.each([
    ['seconds', 'Retry-After', () => '7'],
    [
      'a date, in any case of the name',
      'rETRY-aFTER',
      () => new Date(Date.now() + 7000).toUTCString(),
    ],
  ])('wait as long as the server asks, in %s', async (_name, header, value) => {
    jest.setSystemTime(1_800_000_000_000)
    const { auth, server } = launch()
    await get(auth.ready())
    const sinceMs = Date.now()
    script(server, 'GET /v1/x', refuse(503, 'OVERLOADED', { [header]: value() }))
    await get(auth.request({ path: '/v1/x' }))
    expect(Date.now() - sinceMs).toBeGreaterThan(6000)
    expect(Date.now() - sinceMs).toBeLessThan(11_100)
  })

  it('are spread even if the server asked everybody to wait equally long', async () => {
    const waitsMs: number[] = []
    for (const chance of [0, 0.999]) {
      jest.spyOn(Math, 'random').mockReturnValue(chance)
      const { auth, server } = launch()
      await get(auth.ready())
      const sinceMs = Date.now()
      script(server, 'GET /v1/x', refuse(503, 'OVERLOADED', { 'Retry-After': '4' }))
      await get(auth.request({ path: '/v1/x' }))
      waitsMs.push(Date.now() - sinceMs)
    }
    const [shortest = 0, longest = 0] = waitsMs
    expect(shortest).toBeGreaterThanOrEqual(4000)
    expect(longest - shortest).toBeGreaterThan(2000)
  })

  it('reject at once when the server asks for a long wait', async () => {
    const { auth, server } = launch()
    await get(auth.ready())
    script(server, 'GET /v1/x', refuse(503, 'WX_QUOTA', { 'Retry-After': '3600' }))
    const error = await fail(auth.request({ path: '/v1/x' }), 1000)
    expect(error).toMatchObject({ retryAfterMs: 3_600_000, status: 503 })
    if (isOurs()) expect(error.requestId).toBe('request-1')
  })

  it('spread over the whole interval', async () => {
    const waitsMs: number[] = []
    for (const chance of [0, 0.5, 0.999]) {
      jest.spyOn(Math, 'random').mockReturnValue(chance)
      const { auth, server } = launch()
      await get(auth.ready())
      const sinceMs = Date.now()
      script(server, 'GET /v1/x', { errMsg: 'request:fail' }, { errMsg: 'request:fail' })
      await get(auth.request({ path: '/v1/x' }))
      waitsMs.push(Date.now() - sinceMs)
    }
    expect(waitsMs.map((ms) => Math.round(ms / 300))).toEqual([0, 3, 5])
  })
})
