/** Sockets with the token: data, reconnection, log-out, and WeChat's limit of five. */
import { fail, get, launch, pass, passUntil } from './kit'
import { closeAll, open } from './socket-kit'

beforeEach(() => void jest.useFakeTimers())
afterEach(closeAll)

describe('socket', () => {
  it('sends the token, and transfers data both ways until it is closed', async () => {
    const launched = launch()
    const { socket, messages, states } = open(launched, { protocols: ['v1'] })
    expect(socket.send('early')).toBe(false)
    await pass(100)
    const [server] = launched.wx.sockets
    expect(server).toMatchObject({
      url: 'wss://api.test/v1/live',
      header: { Authorization: 'Bearer token-1' },
      protocols: ['v1'],
    })
    server?.accept()
    server?.say('hello')
    await pass(10)
    expect([messages, socket.send('hi'), server?.sent]).toEqual([['hello'], true, ['hi']])
    socket.close()
    await pass(60_000)
    expect(states).toEqual(['connecting', 'open', 'closed'])
    expect([launched.wx.sockets.length, server?.isOpen]).toEqual([1, false])
  })

  it('survives hooks that throw', async () => {
    const launched = launch()
    jest.spyOn(console, 'error').mockReturnValue()
    const seen: unknown[] = []
    const hook = (value: unknown): never => {
      seen.push(value)
      throw new Error('a mistake')
    }
    const { socket } = open(launched, { onMessage: hook, onState: hook })
    await pass(100)
    launched.wx.sockets[0]?.accept()
    launched.wx.sockets[0]?.say('hello')
    await pass(10)
    launched.wx.sockets[0]?.close(1006)
    await passUntil(() => launched.wx.sockets.length === 2)
    socket.close()
    expect(seen).toEqual(['connecting', 'open', 'hello', 'connecting', 'closed'])
  })

  it('reconnects with growing, bounded delays, and without a login', async () => {
    const launched = launch()
    jest.spyOn(Math, 'random').mockReturnValue(0.999)
    open(launched)
    await pass(100)
    const waitsMs: number[] = []
    for (let round = 0; round < 9; round += 1) {
      const atMs = Date.now()
      const count = launched.wx.sockets.length
      launched.wx.sockets.at(-1)?.close(1006)
      await passUntil(() => launched.wx.sockets.length > count)
      waitsMs.push(Math.round((Date.now() - atMs) / 1000))
    }
    expect(waitsMs).toEqual(
      [1, 1, 2, 4, 8, 16, 32, 32, 32].map((s, index) => (index === 0 ? 1 : s)),
    )
    expect(launched.wx.loginsAtMs).toHaveLength(1)
  })

  it('ends at a log-out, both while open and while waiting', async () => {
    for (const isOpen of [true, false]) {
      const launched = launch()
      const { states, socket } = open(launched)
      await pass(100)
      if (isOpen) launched.wx.sockets[0]?.accept()
      else launched.wx.sockets[0]?.close(1006)
      await pass(1)
      await get(launched.auth.logout())
      await pass(120_000)
      expect(states.at(-1)).toBe('closed signed-out')
      expect([launched.wx.sockets.length, socket.send('x')]).toEqual([1, false])
    }
  })

  it.each<[string, unknown]>([
    ['is missing', undefined],
    ['gives no task', () => undefined],
    [
      'throws',
      () => {
        throw new TypeError('broken')
      },
    ],
  ])('closes if wx.connectSocket %s, and releases its slot', async (_name, api) => {
    const launched = launch()
    const { connectSocket } = launched.wx.api
    launched.wx.api['connectSocket'] = api
    for (let count = 0; count < 6; count += 1) {
      const { states } = open(launched)
      await pass(100)
      expect(states.at(-1)).toBe('closed unsupported')
    }
    launched.wx.api['connectSocket'] = connectSocket
    open(launched)
    await pass(100)
    expect(launched.wx.sockets).toHaveLength(1)
  })

  it('ends at a log-out even if WeChat refuses to close it', async () => {
    const launched = launch()
    const connectSocket = launched.wx.api['connectSocket'] as (options: object) => object
    const close = (): never => {
      throw new Error('not open')
    }
    launched.wx.api['connectSocket'] = (options: object) => ({ ...connectSocket(options), close })
    const { states } = open(launched)
    await pass(100)
    await get(launched.auth.logout())
    // WeChat never reports that it is closed, so its slot is released after a while.
    await pass(20_000)
    expect(states.at(-1)).toBe('closed signed-out')
    expect((await fail(launched.relaunch().auth.ready())).kind).toBe('signed-out')
  })

  it('allows five: a sixth waits for one of them to close', async () => {
    const launched = launch()
    const sockets = Array.from({ length: 6 }, () => open(launched).socket)
    await pass(100)
    expect(launched.wx.sockets).toHaveLength(5)
    launched.wx.sockets.forEach((server) => server.accept())
    sockets[0]?.close()
    await pass(100)
    expect(launched.wx.sockets).toHaveLength(6)
    sockets.forEach((socket) => socket.close())
    await pass(100)
  })

  it('counts five per Auth, independent of other instances', async () => {
    const others = launch()
    for (let count = 0; count < 5; count += 1) open(others)
    await pass(100)
    const launched = launch()
    open(launched)
    await pass(100)
    expect(launched.wx.sockets).toHaveLength(1)
  })

  it('with an aborted signal opens nothing and does not log in', async () => {
    const launched = launch()
    const { states } = open(launched, { signal: { onAbort: (fn) => fn() } })
    await pass(60_000)
    expect(states).toEqual(['closed aborted'])
    expect([launched.wx.loginsAtMs, launched.wx.sockets]).toEqual([[], []])
  })

  it('ends with its signal, and refuses foreign paths', async () => {
    const launched = launch()
    let abort: () => void = () => undefined
    const { states } = open(launched, { signal: { onAbort: (fn) => void (abort = fn) } })
    await pass(100)
    abort()
    await pass(100)
    expect([states.at(-1), launched.wx.sockets[0]?.isOpen]).toEqual(['closed aborted', false])
    const foreign = open(launched, { path: '@evil.com/x' })
    await pass(100)
    expect([foreign.states.at(-1), launched.wx.sockets.length]).toEqual(['closed unsupported', 1])
  })
})
