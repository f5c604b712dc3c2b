/** A scripted `auth`: stores a user and a state, and notifies its listeners. */

import type { Auth, AuthState } from '../../../../miniprogram/auth/index'
import type { User } from '../../../../typings/api'

export const someUser: User = {
  id: 'usr_1234567890',
  openid: 'o6_bmjrPTlm6_2sgVt7hMZOPfL2M',
  unionid: null,
  nickname: null,
  avatarUrl: null,
  gender: 0,
  phone: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  lastLoginAt: '2026-01-01T00:00:00.000Z',
}

/** An error with the library's shape. */
export function authError(kind: string, more: object = {}): Error {
  return Object.assign(new Error(kind), { kind }, more)
}

export interface FakeAuth extends Auth {
  /** Changes state or user, and notifies the listeners. */
  become(state: AuthState, user: User | null): void
  readonly listenerCount: number
}

type Overrides = Partial<Omit<Auth, 'profile' | 'phone'>> & {
  profile?: Partial<Auth['profile']>
  phone?: Partial<Auth['phone']>
}

/** Signed in as `user`, unless it is null; every unscripted call rejects. */
export function createFakeAuth(user: User | null, overrides: Overrides = {}): FakeAuth {
  const listeners = new Set<(auth: Auth) => void>()
  const now = { state: (user ? 'signed-in' : 'signed-out') as AuthState, user }
  const unexpected = (name: string) => () => Promise.reject(new Error(`unexpected ${name}`))
  const change = (part: Partial<User>): Promise<User> => {
    const next = { ...(now.user ?? someUser), ...part }
    fake.become('signed-in', next)
    return Promise.resolve(next)
  }
  const fake: FakeAuth = {
    ready: () => Promise.resolve(now.user ?? someUser),
    login: () => change({}),
    logout() {
      fake.become('signed-out', null)
      return Promise.resolve()
    },
    request: unexpected('request'),
    upload: unexpected('upload'),
    withToken: unexpected('withToken'),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    become(state, next) {
      Object.assign(now, { state, user: next })
      for (const listener of listeners) listener(fake)
    },
    ...overrides,
    get state() {
      return now.state
    },
    get user() {
      return now.user
    },
    get listenerCount() {
      return listeners.size
    },
    profile: {
      mode: () => 'fill',
      fromTap: unexpected('fromTap'),
      fromButton: unexpected('fromButton'),
      setAvatar: (path) => change({ avatarUrl: path }),
      setNickname: (nickname) => change({ nickname }),
      refresh: () => change({}),
      ...overrides.profile,
    },
    phone: { fromButton: unexpected('phone.fromButton'), ...overrides.phone },
    internals: {},
  }
  return fake
}
