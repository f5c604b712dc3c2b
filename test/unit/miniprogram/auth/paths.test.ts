/** The token is sent to `baseUrl` only; invalid options and signals are refused. */
import { callContainer } from '../../../../miniprogram/auth/cloud'
import { download } from '../../../../miniprogram/auth/download'
import type { AuthOptions } from '../../../../miniprogram/auth/index'
import { createAuth, developerHint } from '../../../../miniprogram/auth/index'
import { connect } from '../../../../miniprogram/auth/socket'
import { stream } from '../../../../miniprogram/auth/stream'
import { refuse } from '../../../support/fake-wx-server'
import { fail, get, launch, pass, script, watch, within } from './kit'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

describe('paths', () => {
  it.each([
    '@evil.com/x',
    ':443@evil.com/',
    '.evil.com/x',
    '//evil.com/x',
    '/\\evil.com/x',
    '\\evil.com',
    'https://evil.com/',
    '',
    'v1/me',
    '/v1/\tme',
    '/v1/me\r\nX-Evil: 1',
    '/v1/\u0000me',
    '/v1/\u007fme',
    '/v1/\u0085me',
  ])('%j is never sent', async (path) => {
    const { auth, wx } = launch()
    expect((await fail(auth.request({ path }))).kind).toBe('unsupported')
    expect((await fail(auth.upload({ path, filePath: 'f', name: 'n' }))).kind).toBe('unsupported')
    expect((await fail(auth.request({ path, auth: false }))).kind).toBe('unsupported')
    expect([wx.requests.length, wx.loginsAtMs.length]).toEqual([0, 0])
  })

  it.each(['/', '/v1/a?b=//c', '/v1/中文', '/v1/a\\b'])('%j is accepted', async (path) => {
    const { auth, wx } = launch()
    await get(auth.request({ path }))
    expect(wx.requests.at(-1)?.path).toBe(path)
  })
})

describe('headers', () => {
  it.each(['Authorization', 'authorization', 'AUTHORIZATION'])(
    'drop %s of the caller',
    async (name) => {
      const { auth, wx } = launch()
      await get(auth.ready())
      const header = { [name]: 'Bearer stolen', 'X-Other': 'kept' }
      await get(auth.request({ path: '/v1/x', header }))
      await get(auth.request({ path: '/v1/public', header, auth: false }))
      const [authorised, open] = wx.requests.slice(-2)
      expect(authorised?.header).toEqual({ 'X-Other': 'kept', Authorization: 'Bearer token-1' })
      expect(open?.header).toEqual({ 'X-Other': 'kept' })
    },
  )
})

describe('options', () => {
  it.each([Infinity, NaN, 0, -1, 2 ** 31])('refuse a time limit of %d', (ms) => {
    const baseUrl = 'https://api.test'
    expect(() => createAuth({ baseUrl, timeoutMs: ms })).toThrow(/timeoutMs/)
    expect(() => createAuth({ baseUrl, loginTimeoutMs: ms })).toThrow(/loginTimeoutMs/)
  })

  it('accept `transport` in place of `carry`, which wins over it, and then need no `baseUrl`', async () => {
    const { wx } = launch()
    const transport = callContainer({ env: 'prod-1', service: 'bff' })
    expect((await get(createAuth({ transport }).ready())).id).toBe('user-1')
    const unused = jest.fn()
    const auth = createAuth({ transport: unused, carry: transport, storageKey: 'other' })
    expect((await get(auth.ready())).id).toBe('user-1')
    expect([wx.requests.length, unused.mock.calls.length]).toEqual([2, 0])
    expect(() => createAuth({} as AuthOptions)).toThrow("baseUrl is https://host, not ''")
  })

  it('a `carry` without `baseUrl` sends requests, and refuses calls that need an address', async () => {
    const { wx } = launch()
    const carry = callContainer({ env: 'prod-1', service: 'bff' })
    const auth = createAuth({ carry })
    const states: string[] = []
    connect(auth, {
      path: '/v1/live',
      onMessage: () => undefined,
      onState: (state, error) => void states.push(`${state} ${error?.kind ?? ''}`.trim()),
    })
    const path = '/v1/x'
    for (const call of [
      auth.upload({ path, filePath: 'f', name: 'n' }),
      auth.profile.setAvatar('f'),
      download(auth, { path }),
      stream(auth, { path }),
    ])
      expect((await fail(call)).kind).toBe('unsupported')
    expect(states).toEqual(['connecting', 'closed unsupported'])
    expect([wx.loginsAtMs, wx.requests, wx.sockets]).toEqual([[], [], []])
    await get(auth.request({ path }))
    for (const baseUrl of ['https://api.test/', 'api.test', '/', 'https://api.test?x'])
      expect(() => createAuth({ baseUrl, carry })).toThrow(/baseUrl is https/)
  })

  it('send the current `extra` with each login', async () => {
    const scenes = [{ scene: 'a' }, { scene: 'b' }]
    const { auth, wx } = launch({ extra: () => scenes.shift()! })
    for (let count = 0; count < 2; count += 1) await get(auth.login())
    expect(wx.requests.map(({ body }) => body['extra'])).toEqual([{ scene: 'a' }, { scene: 'b' }])
  })
})

describe('an error in `extra`', () => {
  it('fails the login and leaves no caller pending', async () => {
    const { auth } = launch({
      extra: () => {
        throw new Error('a page with a mistake')
      },
    })
    const errors = await Promise.all([fail(auth.ready()), fail(auth.login())])
    expect(errors.map(({ kind }) => kind)).toEqual(['unsupported', 'unsupported'])
    expect(errors[0].message).toContain('a page with a mistake')
  })
})

describe('a missing login code', () => {
  it.each([undefined, ''])('%j is not exchanged', async (code) => {
    const { auth, wx, server } = launch()
    wx.api['login'] = ({ success }: { success(result: object): void }) =>
      setTimeout(() => success({ errMsg: 'login:ok', code }), 1)
    expect((await fail(auth.login())).kind).toBe('protocol')
    expect(server.codes).toEqual([])
  })
})

describe('a signal that was aborted before', () => {
  it('causes no unhandled rejection when the login fails', async () => {
    const unhandled = jest.fn()
    process.on('unhandledRejection', unhandled)
    const { auth, wx } = launch()
    wx.loginFaults.push({ errMsg: 'login:fail' })
    const signal = { onAbort: (fn: () => void) => fn() }
    expect((await fail(auth.request({ path: '/v1/x', signal }))).kind).toBe('aborted')
    await pass(1000)
    jest.useRealTimers()
    await new Promise((resolve) => setTimeout(resolve, 10))
    process.off('unhandledRejection', unhandled)
    expect([unhandled.mock.calls, wx.loginsAtMs]).toEqual([[], []])
  })
})

describe('the ten slots', () => {
  it('are released when WeChat has called back, not when a call is aborted', async () => {
    const { auth, wx, server } = launch()
    await get(auth.ready())
    const send = wx.api['request'] as (options: object) => { abort(): void }
    // WeChat confirms an abort late.
    wx.api['request'] = (options: { fail(failure: object): void }) =>
      send({ ...options, fail: (failure: object) => setTimeout(() => options.fail(failure), 500) })
    let open = 0
    const counted = wx.api['request'] as (options: object) => unknown
    let peak = 0
    wx.api['request'] = (options: Record<'success' | 'fail', (result: unknown) => void>) => {
      open += 1
      peak = Math.max(peak, open)
      const close = (report: (result: unknown) => void) => (result: unknown) => {
        open -= 1
        report(result)
      }
      return counted({ ...options, success: close(options.success), fail: close(options.fail) })
    }
    script(server, 'GET /v1/slow', ...Array<'hang'>(10).fill('hang'))
    const aborts: (() => void)[] = []
    const signal = { onAbort: (fn: () => void) => void aborts.push(fn) }
    for (let count = 0; count < 10; count += 1) watch(auth.request({ path: '/v1/slow', signal }))
    await pass(10)
    const next = Array.from({ length: 10 }, () => watch(auth.request({ path: '/v1/next' })))
    aborts.forEach((abort) => abort())
    await pass(100)
    expect([open, next.some(({ settled }) => settled)]).toEqual([10, false])
    await pass(1000)
    expect([peak, next.every(({ settled }) => settled)]).toEqual([10, true])
  })

  it('are released after a while when WeChat never calls back', async () => {
    const { auth, wx } = launch({ timeoutMs: 1000 })
    await get(auth.ready())
    const send = wx.api['request']
    wx.api['request'] = () => undefined
    for (let count = 0; count < 10; count += 1)
      watch(auth.request({ path: '/v1/slow', idempotent: false }))
    await pass(1)
    wx.api['request'] = send
    const next = watch(auth.request({ path: '/v1/next' }))
    await pass(20_000)
    expect(next.value).toBeDefined()
  })
})

describe('withToken', () => {
  it('logs in once after a rejection with status 401', async () => {
    const { auth, wx } = launch()
    const tokens: string[] = []
    const answer = await get(
      auth.withToken((token) => {
        tokens.push(token)
        if (tokens.length === 1) return Promise.reject(Object.assign(new Error(), { status: 401 }))
        return Promise.resolve('done')
      }),
    )
    expect([answer, tokens, wx.loginsAtMs.length]).toEqual(['done', ['token-1', 'token-2'], 2])
  })

  it('passes on the second refusal, and any other failure, unchanged', async () => {
    const { auth, wx } = launch()
    const refusal = Object.assign(new Error('sdk'), { status: 401 })
    await expect(get(auth.withToken(() => Promise.reject(refusal)))).rejects.toBe(refusal)
    expect(wx.loginsAtMs).toHaveLength(2)
    const other = Object.assign(new Error('sdk'), { status: 503 })
    await expect(get(auth.withToken(() => Promise.reject(other)))).rejects.toBe(other)
    const nothing = within(
      100,
      auth.withToken(() => Promise.reject(undefined as unknown as Error)),
    )
    expect(await nothing).toEqual({ settled: true, error: undefined })
    expect(wx.loginsAtMs).toHaveLength(2)
  })

  it('calls no SDK after a log-out', async () => {
    const { auth } = launch()
    await get(auth.ready())
    await get(auth.logout())
    const sdk = jest.fn()
    expect((await fail(auth.withToken(sdk))).kind).toBe('signed-out')
    expect(sdk).not.toHaveBeenCalled()
  })
})

it('developerHint names the code and the request', async () => {
  const { auth, server } = launch()
  await get(auth.ready())
  const gone = refuse(401, 'TOKEN_INVALID')
  script(server, 'GET /v1/x', gone, gone)
  const hint = developerHint(await fail(auth.request({ path: '/v1/x' })))
  expect(hint).toContain('TOKEN_INVALID')
  expect(hint).toContain('request-1')
  expect(hint).not.toContain('appid')
})
