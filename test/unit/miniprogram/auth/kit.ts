/**
 * One launch of a mini-program with the login library, on a fake WeChat, a fake server and a fake
 * clock.
 */
import type { Auth, AuthError, AuthOptions } from '../../../../miniprogram/auth/index'
import { createAuth } from '../../../../miniprogram/auth/index'
import type { FakeReply, FakeWx } from '../../../support/fake-wx'
import { createFakeWx } from '../../../support/fake-wx'
import { dialects } from '../../../support/fake-wx-dialects'
import type { FakeServer } from '../../../support/fake-wx-server'
import { createFakeServer } from '../../../support/fake-wx-server'
import { randomRuns } from '../../../support/random-runs'

/** The backend and dialect of the suite; dialects.test.ts runs the suites on others. */
export interface Setting {
  dialect: (typeof dialects)['ours']
  carry?: () => NonNullable<AuthOptions['carry']>
  /** How many orders of callbacks the interleavings test tries. */
  numRuns: number
}

let setting: Setting = { dialect: dialects.ours, numRuns: randomRuns(50) }

export function useSetting(chosen: Setting): void {
  setting = chosen
}

export function getSetting(): Setting {
  return setting
}

export function createTestAuth(options: Partial<AuthOptions> = {}): Auth {
  const { dialect, carry } = setting
  return createAuth({
    baseUrl: 'https://api.test',
    ...(dialect.backend && { backend: dialect.backend }),
    ...(carry && { carry: carry() }),
    ...options,
  })
}

/** A refused token as the caller sees it, in each dialect. */
export function tokenRefusal(code: string): object {
  const { name } = setting.dialect
  if (isOurs()) return { kind: 'api', status: 401, code }
  return { kind: 'api', status: name === 'nest' ? 401 : 200 }
}

/** Whether answers have our own error format, with codes, request ids and the end of a session. */
export function isOurs(): boolean {
  return ['bff', 'query token'].includes(setting.dialect.name)
}

export interface Launch {
  wx: FakeWx
  server: FakeServer
  auth: Auth
  /** A new launch of the same mini-program: storage and server stay. */
  relaunch(options?: Partial<AuthOptions>): Launch
}

export function launch(options: Partial<AuthOptions> = {}, server = createFakeServer()): Launch {
  const wx = createFakeWx({ serve: server.serve, dialect: setting.dialect })
  return begin(wx, server, options)
}

function begin(wx: FakeWx, server: FakeServer, options: Partial<AuthOptions>): Launch {
  wx.install()
  const auth = createTestAuth(options)
  return {
    wx,
    server,
    auth,
    relaunch(changed = {}) {
      const { dialect } = setting
      const again = createFakeWx({ serve: server.serve, dialect, storage: wx.storage })
      Object.assign(again, { keyVersion: wx.keyVersion, envVersion: wx.envVersion })
      again.keyValid = wx.keyValid
      return begin(again, server, { ...options, ...changed })
    },
  }
}

/** Advances fake time by `ms` and runs everything that is due. */
export function pass(ms: number): Promise<void> {
  return jest.advanceTimersByTimeAsync(ms)
}

export interface Outcome<T> {
  value?: T
  error?: AuthError
  settled: boolean
}

/** Observes a promise without awaiting it. */
export function watch<T>(promise: Promise<T>): Outcome<T> {
  const outcome: Outcome<T> = { settled: false }
  promise.then(
    (value) => Object.assign(outcome, { value, settled: true }),
    (error: unknown) => Object.assign(outcome, { error, settled: true }),
  )
  return outcome
}

/**
 * Advances from timer to timer until `holds`; fails the test after `ms`, or when nothing is
 * pending. Small steps through long waits would make a failing test slow.
 */
export async function passUntil(holds: () => boolean, ms = 3_600_000): Promise<void> {
  const endsAtMs = Date.now() + ms
  await pass(0)
  while (!holds() && jest.getTimerCount() > 0 && Date.now() < endsAtMs)
    await jest.advanceTimersToNextTimerAsync()
  if (!holds()) throw new Error(`Still open after ${ms} ms`)
}

/** Waits in fake time; a promise that is still pending after `ms` fails the test. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<Outcome<T>> {
  const outcome = watch(promise)
  await passUntil(() => outcome.settled, ms)
  return outcome
}

/** The resolved value, in fake time; a rejection is thrown. */
export async function get<T>(promise: Promise<T>, ms = 60_000): Promise<T> {
  const { value, error } = await within(ms, promise)
  if (error) throw error
  return value as T
}

/** The rejection, in fake time; a resolved value fails the test. */
export async function fail(promise: Promise<unknown>, ms = 60_000): Promise<AuthError> {
  const { error, value } = await within(ms, promise)
  if (!error) throw new Error(`Expected a rejection, got ${JSON.stringify(value)}`)
  return error
}

/** Scripts the next answers of a route. */
export function script(server: FakeServer, route: string, ...replies: (FakeReply | 'serve')[]) {
  server.faults.set(route, replies)
}

export function countOf(wx: FakeWx, route: string): number {
  return wx.requests.filter(({ method, path }) => `${method} ${path}` === route).length
}
