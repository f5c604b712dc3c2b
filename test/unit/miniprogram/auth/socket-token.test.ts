/** Sockets with a refused token: expiry, refusal, and the number of logins. */
import { launch, pass, passUntil, script } from './kit'
import { closeAll, open } from './socket-kit'

beforeEach(() => void jest.useFakeTimers())
afterEach(closeAll)

describe('socket', () => {
  it('logs in again after close 4401, even hours later, and stops after two in a row', async () => {
    const launched = launch()
    const { states } = open(launched)
    await pass(100)
    for (let round = 0; round < 3; round += 1) {
      const server = launched.wx.sockets.at(-1)
      server?.accept()
      server?.say('welcome')
      await pass(3_600_000)
      server?.close(4401)
      await passUntil(() => launched.wx.sockets.at(-1) !== server)
    }
    expect(launched.wx.loginsAtMs.length).toBeGreaterThanOrEqual(3)
    for (let count = 0; count < 6 && !states.at(-1)?.startsWith('closed'); count += 1) {
      launched.wx.sockets.at(-1)?.accept()
      launched.wx.sockets.at(-1)?.close(4401)
      await pass(5_000)
    }
    expect(states.at(-1)).toBe('closed protocol 401')
  })

  it('logs in for each expired token, and never reuses a refused one', async () => {
    const launched = launch()
    const { states } = open(launched)
    for (let round = 1; round <= 4; round += 1) {
      await passUntil(() => launched.wx.sockets.length === round)
      launched.wx.sockets.at(-1)?.accept()
      launched.wx.sockets.at(-1)?.say('welcome')
      await pass(10)
      launched.wx.sockets.at(-1)?.close(4401)
      await pass(10)
    }
    const tokens = launched.wx.sockets.map(({ header }) => header['Authorization'])
    expect(tokens).toEqual([1, 2, 3, 4].map((count) => `Bearer token-${count}`))
    expect(states.join()).not.toContain('closed')
  })

  it('does not log in endlessly if the server sends a greeting before it refuses each token', async () => {
    const launched = launch()
    const { states } = open(launched)
    for (let round = 1; round <= 12; round += 1) {
      await passUntil(() => launched.wx.sockets.length === round)
      const server = launched.wx.sockets.at(-1)
      server?.accept()
      await pass(10)
      server?.say('welcome')
      // A token that works for a while resets the count.
      await pass(round === 5 ? 20_000 : 10)
      server?.close(4401)
      await pass(10)
    }
    await pass(600_000)
    expect(states.at(-1)).toBe('closed protocol 401')
    expect(launched.wx.loginsAtMs).toHaveLength(12)
  })

  it('reports connecting, and sends nothing, while a refused token is replaced', async () => {
    const launched = launch()
    const { socket, states } = open(launched)
    await pass(100)
    launched.wx.sockets[0]?.accept()
    await pass(10)
    launched.wx.sockets[0]?.close(4401)
    await passUntil(() => states.length === 3)
    expect([states.at(-1), socket.send('x')]).toEqual(['connecting', false])
    await passUntil(() => launched.wx.sockets.length === 2)
    launched.wx.sockets[1]?.accept()
    await pass(10)
    expect([states.at(-1), socket.send('x')]).toEqual(['open', true])
  })

  it('closes if the following login is refused', async () => {
    const launched = launch()
    const { states } = open(launched)
    await pass(100)
    launched.wx.sockets[0]?.accept()
    launched.wx.sockets[0]?.say('welcome')
    await pass(10)
    script(launched.server, 'POST /v1/login', ...Array(50).fill({ status: 401, text: '' }))
    launched.wx.sockets[0]?.close(4401)
    await pass(600_000)
    expect(states.at(-1)).toMatch(/^closed/)
    expect(launched.wx.loginsAtMs.length).toBeLessThanOrEqual(3)
  })

  it('treats a refused handshake the same way, and trusts the reason from the server', async () => {
    const launched = launch()
    const { states } = open(launched)
    await pass(100)
    launched.wx.sockets[0]?.refuse('Unexpected response code: 401')
    await pass(100)
    expect([launched.wx.loginsAtMs.length, launched.wx.sockets.length]).toEqual([2, 2])
    launched.wx.sockets[1]?.accept()
    launched.wx.sockets[1]?.close(4401, 'SESSION_ENDED')
    await pass(60_000)
    expect([launched.wx.loginsAtMs.length, launched.auth.state]).toEqual([2, 'signed-out'])
    expect(states.at(-1)).toMatch(/^closed signed-out/)
  })
})
