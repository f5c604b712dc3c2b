import { refuse } from '../../../support/fake-wx-server'
import { countOf, fail, get, launch, pass, script, watch } from './kit'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

interface Echo {
  asked: string
  token: string
}

describe('ten at once', () => {
  it('queues further calls in order, requests, uploads and the login together', async () => {
    const { auth, wx } = launch()
    await get(auth.ready())
    const paths = Array.from({ length: 40 }, (_, index) => `/v1/part/${index}`)
    const all = paths.map((path, index) =>
      index % 3 === 0
        ? auth.upload({ path, filePath: 'f', name: 'n' })
        : auth.request({ path, method: 'POST' }),
    )
    const login = auth.login()
    await get(Promise.all([...all, login]))
    expect(wx.peak).toBe(10)
    const seen = wx.requests.map(({ path }) => path).filter((path) => path !== '/v1/login')
    expect(seen).toEqual(paths)
  })

  it('releases the slot of a call that never answers when its time is over', async () => {
    const { auth, wx, server } = launch({ timeoutMs: 1000 })
    await get(auth.ready())
    script(server, 'POST /v1/slow', ...Array<'hang'>(10).fill('hang'))
    const slow = Array.from({ length: 10 }, () =>
      watch(auth.request({ path: '/v1/slow', method: 'POST' })),
    )
    const next = watch(auth.request({ path: '/v1/next' }))
    await pass(999)
    expect([slow[0]?.settled, next.settled]).toEqual([false, false])
    await pass(10)
    expect(slow.map(({ error }) => error?.kind)).toEqual(Array(10).fill('timeout'))
    expect([next.settled, wx.aborts]).toEqual([true, 10])
  })

  it('sends a queued request with the token valid at that time, or not at all after a log-out', async () => {
    const { auth, server, wx } = launch({ timeoutMs: 1000 })
    await get(auth.ready())
    script(server, 'POST /v1/slow', ...Array<'hang'>(19).fill('hang'))
    const slow = () => watch(auth.request({ path: '/v1/slow', method: 'POST' }))
    for (let count = 0; count < 10; count += 1) slow()
    const login = auth.login()
    await pass(2)
    for (let count = 0; count < 9; count += 1) slow()
    const [, queued] = ['/v1/a', '/v1/b'].map((path) => watch(auth.request<Echo>({ path })))
    await get(login)
    await pass(100)
    expect(queued?.value?.token).toBe(`token-${server.codes.length}`)
    slow()
    const kept = watch(auth.request({ path: '/v1/kept' }))
    await get(auth.logout())
    await pass(3000)
    expect(kept.error?.kind).toBe('signed-out')
    expect(countOf(wx, 'GET /v1/kept')).toBe(0)
  })

  it('waits for a new login when the session ends in the queue, and sends once', async () => {
    const { auth, server, wx } = launch({ timeoutMs: 1000 })
    await get(auth.ready())
    script(server, 'POST /v1/slow', ...Array<'hang'>(10).fill('hang'))
    for (let count = 0; count < 10; count += 1)
      watch(auth.request({ path: '/v1/slow', method: 'POST' }))
    const queued = watch(auth.request<Echo>({ path: '/v1/order', method: 'POST' }))
    jest.setSystemTime(Date.now() + 366 * 24 * 3_600_000)
    await pass(2000)
    expect(queued.value?.token).toBe('token-2')
    expect(countOf(wx, 'POST /v1/order')).toBe(1)
  })

  it('does not time out an upload while it makes progress', async () => {
    const { auth, wx, server } = launch({ timeoutMs: 1000 })
    await get(auth.ready())
    let move: ((update: { progress: number }) => void) | undefined
    let finish: (() => void) | undefined
    wx.api['uploadFile'] = (options: { success(result: unknown): void }) => {
      finish = () => options.success({ statusCode: 200, data: JSON.stringify(server.user) })
      return { onProgressUpdate: (fn: typeof move) => (move = fn), abort: () => undefined }
    }
    const moving = watch(auth.profile.setAvatar('wxfile://1'))
    for (const progress of [10, 20, 30, 40]) {
      await pass(900)
      move?.({ progress })
    }
    finish?.()
    await pass(0)
    expect(moving.value?.id).toBe('user-1')
    const stuck = watch(auth.profile.setAvatar('wxfile://1'))
    await pass(1000)
    expect(stuck.error?.kind).toBe('timeout')
  })
})
describe('abort', () => {
  const abortable = () => {
    const fns: (() => void)[] = []
    return {
      signal: { onAbort: (fn: () => void) => void fns.push(fn) },
      abort: () => fns.forEach((fn) => fn()),
    }
  }

  it('works before and during the request, and does nothing afterwards', async () => {
    const { auth, wx } = launch()
    await get(auth.ready())
    const early = { onAbort: (fn: () => void) => fn() }
    expect((await fail(auth.request({ path: '/v1/x', signal: early }))).kind).toBe('aborted')
    expect(countOf(wx, 'GET /v1/x')).toBe(0)
    const flying = abortable()
    const request = watch(auth.request({ path: '/v1/x', signal: flying.signal }))
    await pass(1)
    flying.abort()
    await pass(0)
    expect([request.error?.kind, wx.aborts]).toEqual(['aborted', 1])
    const late = abortable()
    await get(auth.request({ path: '/v1/x', signal: late.signal }))
    late.abort()
    expect(wx.aborts).toBe(1)
  })

  it('reaches WeChat even if it comes while the request starts', async () => {
    const { auth, wx } = launch()
    await get(auth.ready())
    const { signal, abort } = abortable()
    const stop = jest.fn()
    wx.api['request'] = () => {
      abort()
      return { abort: stop }
    }
    expect((await fail(auth.request({ path: '/v1/x', signal }))).kind).toBe('aborted')
    expect(stop).toHaveBeenCalledTimes(1)
  })

  it('works while the call waits for a login, which continues', async () => {
    const { auth } = launch()
    const { signal, abort } = abortable()
    const request = watch(auth.request({ path: '/v1/x', signal }))
    await pass(1)
    abort()
    await pass(0)
    expect(request.error?.kind).toBe('aborted')
    expect((await get(auth.ready())).id).toBe('user-1')
  })

  it('works in the queue, and the slot goes to the next call', async () => {
    const { auth, wx, server } = launch({ timeoutMs: 5000 })
    await get(auth.ready())
    script(server, 'GET /v1/slow', ...Array<'hang'>(10).fill('hang'))
    for (let count = 0; count < 10; count += 1)
      watch(auth.request({ path: '/v1/slow', idempotent: false }))
    const { signal, abort } = abortable()
    const queued = watch(auth.request({ path: '/v1/queued', signal }))
    const next = watch(auth.request({ path: '/v1/next' }))
    await pass(100)
    abort()
    await pass(0)
    expect(queued.error?.kind).toBe('aborted')
    await pass(5000)
    expect(next.settled).toBe(true)
    expect(countOf(wx, 'GET /v1/queued')).toBe(0)
    script(server, 'POST /v1/slow', ...Array<'hang'>(10).fill('hang'))
    for (let count = 0; count < 10; count += 1)
      watch(auth.request({ path: '/v1/slow', method: 'POST' }))
    await pass(10)
    expect(countOf(wx, 'POST /v1/slow')).toBe(10)
  })

  it('works in the delay before a retry', async () => {
    const { auth, wx, server } = launch()
    await get(auth.ready())
    script(server, 'GET /v1/x', refuse(503, 'OVERLOADED', { 'Retry-After': '9' }))
    const { signal, abort } = abortable()
    const request = watch(auth.request({ path: '/v1/x', signal }))
    await pass(4000)
    abort()
    await pass(0)
    expect(request.error?.kind).toBe('aborted')
    await pass(20_000)
    expect(countOf(wx, 'GET /v1/x')).toBe(1)
  })
})
