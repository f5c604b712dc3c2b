import { refuse } from '../../../support/fake-wx-server'
import { countOf, fail, get, isOurs, launch, pass, script, tokenRefusal, watch } from './kit'

const ofOurs = isOurs() ? describe : describe.skip

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

interface Echo {
  asked: string
  token: string
}

const gone = refuse(401, 'SESSION_REVOKED')

describe('401', () => {
  it('logs in once for many, and each gets the answer to its own request', async () => {
    const { auth, wx, server } = launch()
    await get(auth.ready())
    server.tokens.clear()
    const paths = Array.from({ length: 25 }, (_, index) => `/v1/part/${index}`)
    const answers = await get(Promise.all(paths.map((path) => auth.request<Echo>({ path }))))
    expect(answers.map(({ asked }) => asked)).toEqual(paths)
    expect(wx.loginsAtMs).toHaveLength(2)
    // Those that were still queued at the first 401 were never sent with the old token.
    const dead = wx.requests.filter(
      ({ path, token }) => path !== '/v1/login' && token === 'token-1',
    )
    expect(dead).toHaveLength(10)
  })

  it('during a login waits for it, and is replayed with its token', async () => {
    const { auth, wx, server } = launch()
    await get(auth.ready())
    script(server, 'POST /v1/slow', gone)
    const late = auth.request<Echo>({ path: '/v1/slow', method: 'POST' })
    await pass(1)
    const { token } = await get(auth.login().then(() => auth.request<Echo>({ path: '/v1/x' })))
    expect((await get(late)).token).toBe(token)
    expect(wx.loginsAtMs).toHaveLength(2)
    expect((await get(auth.request<Echo>({ path: '/v1/x' }))).token).toBe(token)
  })

  it('after the new login is replayed with the current token, without a login', async () => {
    const { auth, wx, server } = launch()
    await get(auth.ready())
    // Two requests are sent with the first token; the second's refusal is delayed until after the
    // login.
    const slow = { ...gone }
    const serve = wx.api['request'] as (options: { url: string; success(r: unknown): void }) => void
    let release: (() => void) | null = null
    wx.api['request'] = (options: { url: string; success(result: unknown): void }) => {
      if (release || !options.url.includes('/v1/slow')) {
        serve(options)
        return undefined
      }
      release = () => options.success({ statusCode: slow.status, data: slow.body, header: {} })
      return { abort: () => undefined }
    }
    const late = watch(auth.request<Echo>({ path: '/v1/slow' }))
    await pass(1)
    server.tokens.clear()
    await get(auth.request({ path: '/v1/quick' }))
    expect(wx.loginsAtMs).toHaveLength(2)
    release!()
    await pass(100)
    expect(late.value?.asked).toBe('/v1/slow')
    expect(wx.loginsAtMs).toHaveLength(2)
  })

  it('is replayed once, whatever the method; a second 401 rejects', async () => {
    const { auth, wx, server } = launch()
    await get(auth.ready())
    script(server, 'POST /v1/x', gone, gone, gone)
    const error = await fail(auth.request({ path: '/v1/x', method: 'POST' }))
    expect(error).toMatchObject(tokenRefusal('SESSION_REVOKED'))
    expect(countOf(wx, 'POST /v1/x')).toBe(2)
    expect(wx.loginsAtMs).toHaveLength(2)
    expect(auth.state).toBe('signed-in')
  })

  it('is replayed once for an upload', async () => {
    const { auth, wx, server } = launch()
    await get(auth.ready())
    server.tokens.clear()
    const progress: number[] = []
    const answer = await get(
      auth.upload<Echo>({
        path: '/v1/files',
        filePath: 'wxfile://tmp/1',
        name: 'file',
        formData: { note: 'n' },
        onProgress: (percent) => progress.push(percent),
      }),
    )
    expect(answer.asked).toBe('/v1/files')
    expect(countOf(wx, 'POST /v1/files')).toBe(2)
    expect(wx.requests.at(-1)?.body).toEqual({
      filePath: 'wxfile://tmp/1',
      name: 'file',
      note: 'n',
    })
    expect(progress).toEqual([100, 100])
  })

  it('rejects with the failure of the login, and the next one tries again', async () => {
    const { auth, wx, server } = launch()
    await get(auth.ready())
    server.tokens.clear()
    wx.loginFaults.push({ errMsg: 'login:fail' })
    expect((await fail(auth.request({ path: '/v1/x' }))).kind).toBe('network')
    expect([auth.state, auth.user]).toEqual(['signed-out', null])
    expect((await get(auth.request<Echo>({ path: '/v1/x' }))).asked).toBe('/v1/x')
  })

  it('is passed on for a request without authentication', async () => {
    const { auth, wx, server } = launch()
    script(server, 'GET /v1/public', gone)
    const error = await fail(auth.request({ path: '/v1/public', auth: false }))
    expect(error).toMatchObject(tokenRefusal('SESSION_REVOKED'))
    expect(wx.loginsAtMs).toEqual([])
    expect(wx.requests[0]?.header).toEqual({})
  })
})

ofOurs('answers', () => {
  it.each([
    { status: 200, text: '<html>' },
    { status: 200, text: '{"id":' },
    { status: 200, text: '' },
    { status: 200, text: 'null' },
    { status: 404, text: '{"message":"no"}' },
    { status: 500, text: 'Internal Server Error' },
    { status: 302, text: '' },
  ])('outside of the contract are `protocol`: $status $text', async (fault) => {
    const { auth, wx, server } = launch()
    await get(auth.ready())
    script(server, 'GET /v1/x', fault)
    const error = await fail(auth.request({ path: '/v1/x' }))
    expect(error).toMatchObject({ kind: 'protocol', status: fault.status })
    expect([auth.state, wx.loginsAtMs.length]).toEqual(['signed-in', 1])
  })

  it('without a body are undefined', async () => {
    const { auth, server } = launch()
    script(server, 'DELETE /v1/sessions/1', { status: 204 })
    const options = { path: '/v1/sessions/1', method: 'DELETE' } as const
    expect(await get(auth.request<unknown>(options))).toBeUndefined()
  })

  it.each([
    {},
    { token: '', expiresAt: 'x', user: {} },
    { token: 't', expiresAt: 'soon', user: { id: 'u' } },
  ])('to a login are checked too: %j', async (body) => {
    const { auth, server, wx } = launch()
    script(server, 'POST /v1/login', { status: 200, body }, { status: 200, body })
    expect((await fail(auth.login())).kind).toBe('protocol')
    expect(wx.storage.size).toBe(0)
  })

  it('that refuse the login itself cause no more logins for several taps than for one', async () => {
    async function countLogins(taps: number): Promise<number> {
      const { auth, wx, server } = launch()
      const refusals = Array.from({ length: 20 }, () => ({ status: 401, text: '<html>' }))
      script(server, 'POST /v1/login', ...refusals)
      await Promise.all(Array.from({ length: taps }, () => fail(auth.login())))
      return wx.loginsAtMs.length
    }
    expect(await countLogins(5)).toBe(await countLogins(1))
  })
})
