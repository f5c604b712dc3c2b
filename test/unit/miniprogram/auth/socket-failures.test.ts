/** A socket connects again after a passing failure, and ignores its old connections. */
import type { FakeReply } from '../../../support/fake-wx-network'
import { isOurs, launch, pass, passUntil, script } from './kit'
import { closeAll, open } from './socket-kit'

beforeEach(() => void jest.useFakeTimers())
afterEach(closeAll)

/** A socket that is open. */
async function openOne() {
  const launched = launch()
  const opened = open(launched)
  await pass(100)
  const { sockets } = launched.wx
  const [server] = sockets
  server?.accept()
  await pass(10)
  return { ...opened, launched, sockets, server }
}

describe('socket', () => {
  it.each<[string, FakeReply]>([
    ['503', { status: 503, body: { error: { code: 'UNAVAILABLE' } } }],
    ['a page with 502', { status: 502, text: '<html>' }],
    ['429', { status: 429, body: { error: { code: 'TOO_MANY_REQUESTS' } } }],
  ])('reconnects if the login after an expired token meets %s', async (_name, reply) => {
    const { launched, sockets, server, states } = await openOne()
    server?.say('welcome')
    await pass(10)
    script(launched.server, 'POST /v1/login', ...Array<FakeReply>(6).fill(reply))
    server?.close(4401)
    await passUntil(() => sockets.length === 2)
    sockets[1]?.accept()
    await pass(10)
    expect(states).toEqual(['connecting', 'open', 'connecting', 'open'])
  })

  it.each([
    [20, 20_000],
    [86_400, 60_000],
  ])('asked to wait %d s, logs in again after %d ms at least', async (seconds, leastMs) => {
    const { launched, sockets, server } = await openOne()
    server?.say('welcome')
    await pass(10)
    const header = { 'Retry-After': String(seconds) }
    const body = { error: { code: 'TOO_MANY_REQUESTS' } }
    script(launched.server, 'POST /v1/login', { status: 429, body, header })
    const atMs = Date.now()
    server?.close(4401)
    await passUntil(() => sockets.length === 2)
    expect(Date.now() - atMs).toBeGreaterThanOrEqual(leastMs)
    expect(Date.now() - atMs).toBeLessThanOrEqual(leastMs * 1.5 + 1_000)
  })

  it('waits longer each time for a server that greets and then closes, until a connection lasts', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0.999)
    const { sockets } = await openOne()
    const waitsMs: number[] = []
    for (let round = 1; round <= 9; round += 1) {
      const server = sockets.at(-1)
      server?.accept()
      server?.say('welcome')
      await pass(round === 8 ? 10_000 : 10)
      server?.close(1011)
      const atMs = Date.now()
      await passUntil(() => sockets.length > round)
      waitsMs.push(Math.ceil((Date.now() - atMs) / 500) / 2)
    }
    expect(waitsMs).toEqual([0.5, 1, 2, 4, 8, 16, 32, 0.5, 1])
  })

  it.each([
    'Permission denied',
    'The operation couldn’t be completed. Operation canceled',
    'Operation not supported',
    'Software caused connection abort',
    undefined,
  ])('reconnects after the error "%s", whatever it reads like', async (errMsg) => {
    const { sockets, server, states } = await openOne()
    server?.report(errMsg === undefined ? undefined : { errMsg })
    await passUntil(() => sockets.length === 2)
    expect(states).toEqual(['connecting', 'open', 'connecting'])
  })

  it('closes a connection that reported an error, and hears nothing more of it', async () => {
    const { sockets, server, socket, states, messages } = await openOne()
    server?.report({ errMsg: 'Connection reset by peer' })
    await pass(10)
    expect(server?.isOpen).toBe(false)
    await passUntil(() => sockets.length === 2)
    server?.accept()
    server?.say('late')
    await pass(10)
    expect([states.at(-1), socket.send('x'), messages]).toEqual(['connecting', false, []])
    sockets[1]?.accept()
    sockets[1]?.say('new')
    server?.report({ errMsg: 'again' })
    await pass(10)
    expect([states.at(-1), socket.send('x'), messages]).toEqual(['open', true, ['new']])
  })

  it('takes no late refusal of an old connection for one of the present token', async () => {
    const launched = launch()
    const connectSocket = launched.wx.api['connectSocket'] as (options: object) => object
    const close = (): void => undefined
    launched.wx.api['connectSocket'] = (options: object) => ({ ...connectSocket(options), close })
    open(launched)
    await pass(100)
    const { sockets } = launched.wx
    sockets[0]?.accept()
    sockets[0]?.report()
    await passUntil(() => sockets.length === 2)
    sockets[1]?.accept()
    sockets[1]?.say('welcome')
    await pass(10)
    sockets[0]?.close(4401)
    sockets[1]?.close(1006)
    await passUntil(() => sockets.length === 3)
    expect(launched.wx.loginsAtMs).toHaveLength(1)
  })

  it('gives up a connection that WeChat never answers, and connects again', async () => {
    const launched = launch({ timeoutMs: 3_000 })
    const { states } = open(launched)
    await pass(100)
    const { sockets } = launched.wx
    await pass(2_800)
    expect(sockets).toHaveLength(1)
    await passUntil(() => sockets.length === 2, 10_000)
    sockets[1]?.accept()
    // An open one may be silent.
    await pass(600_000)
    expect(states).toEqual(['connecting', 'open'])
    sockets[1]?.close(1006)
    await passUntil(() => sockets.length === 4)
  })

  it('tells why the server ended the session', async () => {
    if (!isOurs()) return
    const errors: unknown[] = []
    const launched = launch()
    open(launched, { onState: (_state, error) => error && errors.push(error) })
    await pass(100)
    launched.wx.sockets[0]?.accept()
    await pass(10)
    launched.wx.sockets[0]?.close(4401, 'SESSION_ENDED')
    await pass(1_000)
    expect(errors).toMatchObject([{ kind: 'signed-out', code: 'SESSION_ENDED', status: 401 }])
  })
})
