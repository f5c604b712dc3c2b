/** The session rules at their exact limits, on a scripted store and scripted tokens. */
import { createSessions } from '../../../../server/sessions/sessions'
import type { EndReason } from '../../../../server/errors'
import type { LiveSession, SessionRecord, Store } from '../../../../server/store/store'

const NOW_MS = 1_800_000_000_000
const HOUR_MS = 3_600_000
const IDLE_MS = 7 * 24 * HOUR_MS

const newSession = (change: Partial<SessionRecord> = {}): SessionRecord => ({
  id: 's1',
  userId: 'u1',
  tokenUserId: 'u1',
  appid: 'wx1',
  openid: 'o1',
  device: 'iPhone',
  createdAtMs: NOW_MS - 1000,
  lastSeenAtMs: NOW_MS - 1000,
  expiresAtMs: NOW_MS + HOUR_MS,
  parentId: null,
  ...change,
})

function start(session: SessionRecord | null, listed: SessionRecord[] = []) {
  const live = session && ({ session } as LiveSession)
  const store = {
    findLiveSession: jest.fn(() => Promise.resolve(live)),
    findEndReason: jest.fn(() => Promise.resolve<EndReason | null>(null)),
    endOtherSessions: jest.fn(() => Promise.resolve(2)),
    touchSession: jest.fn(() => Promise.resolve()),
    endSession: jest.fn(() => Promise.resolve(true)),
    endAllSessions: jest.fn(() => Promise.resolve(3)),
    listSessions: jest.fn(() => Promise.resolve(listed)),
  }
  const tokens = {
    sign: () => '',
    verify: (token: string) => ({ appid: 'wx1', userId: 'u1', sessionId: `of ${token}` }),
  }
  const sessions = createSessions({
    apps: [{ appid: 'wx1' }],
    store: store as Partial<Store> as Store,
    tokens,
    rules: { idleMs: IDLE_MS, maxMs: 30 * 24 * HOUR_MS },
    now: () => NOW_MS,
  })
  return { sessions, store, live: live! }
}

describe('authenticate', () => {
  it('returns the session that the token names', async () => {
    const { sessions, store, live } = start(newSession())
    expect(await sessions.authenticate('a token')).toBe(live)
    expect(store.findLiveSession).toHaveBeenCalledWith('of a token', 'u1')
  })

  it.each([
    ['is gone', null, 'SESSION_REVOKED', 'The session was ended: log in again.'],
    [
      'is another user’s',
      newSession({ tokenUserId: 'u2' }),
      'TOKEN_INVALID',
      'The token does not belong to its session.',
    ],
    [
      'is another app’s',
      newSession({ appid: 'wx2' }),
      'TOKEN_INVALID',
      'The token does not belong to its session.',
    ],
    [
      'is over',
      newSession({ expiresAtMs: NOW_MS }),
      'TOKEN_EXPIRED',
      'The session has expired: log in again.',
    ],
    [
      'was idle for too long',
      newSession({ lastSeenAtMs: NOW_MS - IDLE_MS }),
      'TOKEN_EXPIRED',
      'The session has expired: log in again.',
    ],
  ])('refuses one that %s', async (_name, session, code, message) => {
    const { sessions, store } = start(session)
    await expect(sessions.authenticate('t')).rejects.toMatchObject({ code, message })
    expect(store.touchSession).not.toHaveBeenCalled()
  })

  it.each([
    ['that ends in a millisecond', { expiresAtMs: NOW_MS + 1 }],
    ['that would be idle for too long in a millisecond', { lastSeenAtMs: NOW_MS - IDLE_MS + 1 }],
  ])('accepts one %s', async (_name, change) => {
    const { sessions, live } = start(newSession(change))
    expect(await sessions.authenticate('t')).toBe(live)
  })

  it.each([
    [HOUR_MS, [['s1', NOW_MS]]],
    [HOUR_MS - 1, []],
    [-60_000, []],
    [-60_001, [['s1', NOW_MS]]],
  ])('last seen %d ms ago updates lastSeenAt: %j', async (ago, touches) => {
    const { sessions, store } = start(newSession({ lastSeenAtMs: NOW_MS - ago }))
    await sessions.authenticate('t')
    expect(store.touchSession.mock.calls).toEqual(touches)
  })

  it('does not wait for that update, and ignores its failure', async () => {
    const { sessions, store, live } = start(newSession({ lastSeenAtMs: NOW_MS - HOUR_MS }))
    store.touchSession.mockReturnValueOnce(new Promise<void>(() => undefined))
    expect(await sessions.authenticate('t')).toBe(live)
    store.touchSession.mockRejectedValueOnce(new Error('the disk is full'))
    expect(await sessions.authenticate('t')).toBe(live)
  })
})

describe('the ways out', () => {
  it('end this session, all of its user, or another of its user', async () => {
    const { sessions, store, live } = start(newSession())
    await sessions.end(live)
    expect(store.endSession).toHaveBeenLastCalledWith(live.session, 's1', NOW_MS)
    await sessions.endAll(live)
    expect(store.endAllSessions).toHaveBeenCalledWith(live.session, NOW_MS)
    expect(await sessions.endOther(live, 's9')).toBe(true)
    expect(store.endSession).toHaveBeenLastCalledWith(live.session, 's9', NOW_MS)
  })

  it('finish only when the store confirms', async () => {
    const { sessions, store, live } = start(newSession())
    const failure = new Error('the disk is full')
    store.endSession.mockRejectedValueOnce(failure)
    await expect(sessions.end(live)).rejects.toBe(failure)
    store.endAllSessions.mockRejectedValueOnce(failure)
    await expect(sessions.endAll(live)).rejects.toBe(failure)
  })
})

it('lists the live sessions of this user', async () => {
  const dead = newSession({ id: 'dead', lastSeenAtMs: NOW_MS - IDLE_MS })
  const over = newSession({ id: 'over', expiresAtMs: NOW_MS })
  const alive = newSession({ id: 'alive' })
  const { sessions, store, live } = start(newSession(), [alive, dead, over])
  expect(await sessions.list(live)).toEqual([alive])
  expect(store.listSessions).toHaveBeenCalledWith('u1')
})
