/**
 * A mini-program, a network and a server whose steps a test orders; records violated invariants.
 */
import type * as fc from 'fast-check'
import type { Auth } from '../../../../miniprogram/auth/index'
import type { FakeReply, FakeRequest, FakeWx } from '../../../support/fake-wx'
import { createFakeWx } from '../../../support/fake-wx'
import type { FakeServer } from '../../../support/fake-wx-server'
import { createFakeServer } from '../../../support/fake-wx-server'
import type { Outcome } from './kit'
import { createTestAuth, getSetting, pass, watch } from './kit'

export type Deed =
  'ready' | 'login' | 'get' | 'post' | 'burst' | 'upload' | 'tap' | 'allow' | 'revoke' | 'logout'
export type Step = Deed | 'deliver' | 'wait'
/** `lost`: the request takes effect, but its answer never arrives. */
export type Fault = FakeReply | 'serve' | 'lost'

export interface World {
  auth: Auth
  wx: FakeWx
  server: FakeServer
  calls: { path: string; outcome: Outcome<unknown> }[]
  /** Violated invariants. */
  sins: string[]
}

export function createWorld(s: fc.Scheduler, faults: Fault[]): World {
  const server = createFakeServer()
  const served = new Map<string, number>()
  const serve = (request: FakeRequest): FakeReply => {
    watchOver(world, request)
    const fault = request.path === '/v1/logout' ? 'serve' : (faults.shift() ?? 'serve')
    if (fault !== 'serve' && fault !== 'lost') return fault
    const answer = server.serve(request)
    const key = `${request.method} ${request.path}`
    if (typeof answer === 'object' && 'status' in answer && answer.status === 200)
      served.set(key, (served.get(key) ?? 0) + 1)
    if (request.path.startsWith('/v1/post/') && (served.get(key) ?? 0) > 1)
      world.sins.push(`${key} was done twice`)
    return fault === 'lost' ? { errMsg: 'request:fail interrupted', errno: 600003 } : answer
  }
  const wx = createFakeWx({
    serve,
    dialect: getSetting().dialect,
    deliver: (label, run) => void s.schedule(Promise.resolve(), label).then(run),
  })
  wx.install()
  const world: World = {
    auth: createTestAuth(),
    wx,
    server,
    calls: [],
    sins: [],
  }
  watchLogins(world)
  return world
}

const seenCodes = new WeakMap<World, Set<string>>()

function noteCode(world: World, { body }: FakeRequest): void {
  const codes = seenCodes.get(world) ?? new Set<string>()
  seenCodes.set(world, codes)
  const code = String(body['code'])
  if (codes.has(code)) world.sins.push(`${code} was sent twice`)
  codes.add(code)
}

const sealedAt = new WeakMap<World, number>()
const leftWith = new WeakMap<World, Set<string>>()

function watchOver(world: World, request: FakeRequest): void {
  const { path, token } = request
  if (path === '/v1/login') noteCode(world, request)
  const made = sealedAt.get(world)
  if (path === '/v1/me/wechat-profile' && made !== world.wx.loginsAtMs.length)
    world.sins.push('wx.login ran between the data and its opening')
  if (path !== '/v1/logout' && leftWith.get(world)?.has(token))
    world.sins.push(`${token} went out after the logout`)
}

/** One login at a time, and at most four in a second. */
function watchLogins(world: World): void {
  const login = world.wx.api['login'] as (options: object) => void
  let open = 0
  world.wx.api['login'] = (options: Record<'success' | 'fail', (result: unknown) => void>) => {
    if (open > 0 && world.auth.state === 'signing-in' && !leftWith.has(world))
      world.sins.push('two calls of wx.login at once')
    open += 1
    const answered =
      (report: (result: unknown) => void) =>
      (result: unknown): void => {
        open -= 1
        report(result)
      }
    login({ success: answered(options.success), fail: answered(options.fail) })
    const atMs = world.wx.loginsAtMs
    if ((atMs.at(-1) ?? 0) - (atMs.at(-5) ?? -Infinity) <= 1000)
      world.sins.push('five calls of wx.login in a second')
  }
}

function act(world: World, deed: Deed): void {
  const { auth, wx, server, calls } = world
  const call = (path: string, promise: Promise<unknown>) =>
    calls.push({ path, outcome: watch(promise) })
  const index = calls.length
  switch (deed) {
    case 'ready':
      call('ready', auth.ready())
      break
    case 'login':
      call('login', auth.login())
      break
    case 'get':
      call(`/v1/get/${index}`, auth.request({ path: `/v1/get/${index}` }))
      break
    case 'burst':
      for (let count = 0; count < 12; count += 1) act(world, 'get')
      break
    case 'post':
      call(`/v1/post/${index}`, auth.request({ path: `/v1/post/${index}`, method: 'POST' }))
      break
    case 'upload':
      call(
        `/v1/post/${index}`,
        auth.upload({ path: `/v1/post/${index}`, filePath: 'f', name: 'n' }),
      )
      break
    case 'tap':
      if (!wx.sheet)
        call(
          'tap',
          wx.tap(() => auth.profile.fromTap('x')),
        )
      break
    case 'allow':
      // One sealed profile at a time, so that it is known which one arrives.
      if (
        !wx.sheet ||
        calls.filter(({ path, outcome }) => path === 'tap' && !outcome.settled).length > 1
      )
        break
      sealedAt.set(world, wx.loginsAtMs.length)
      wx.sheet.allow()
      break
    case 'revoke':
      server.tokens.clear()
      break
    case 'logout':
      leave(world)
      break
  }
}

function leave(world: World): void {
  const left = leftWith.get(world) ?? new Set<string>()
  leftWith.set(world, left)
  for (const { token } of world.wx.requests) if (token) left.add(token)
  for (const token of world.server.tokens) left.add(token)
  world.calls.push({ path: 'logout', outcome: watch(world.auth.logout()) })
  if (world.auth.state !== 'signed-out' || world.auth.user) world.sins.push('logout came late')
  for (const record of world.wx.storage.values())
    if ((record as { session: unknown }).session !== 'logged-out')
      world.sins.push('the session outlived the logout')
}

export async function play(s: fc.Scheduler, world: World, steps: Step[]): Promise<void> {
  for (const step of steps) {
    if (step === 'deliver' && s.count() > 0) await s.waitNext(1)
    else if (step === 'wait') await pass(400)
    else if (step !== 'deliver') act(world, step)
  }
  world.wx.sheet?.refuse()
  const open = () => world.calls.some(({ outcome }) => !outcome.settled)
  for (let round = 0; round < 2000 && (open() || s.count() > 0); round += 1) {
    if (s.count() > 0) await s.waitNext(1)
    else await pass(500)
  }
}

export function judge(world: World): void {
  const { calls, wx, sins, auth } = world
  const still = calls.filter(({ outcome }) => !outcome.settled).map(({ path }) => path)
  expect(still).toEqual([])
  for (const { path, outcome } of calls) {
    const { value, error } = outcome
    if (error) expect(typeof error.kind).toBe('string')
    else if (path.startsWith('/v1/')) expect((value as { asked: string }).asked).toBe(path)
  }
  expect(wx.peak).toBeLessThanOrEqual(10)
  const sends = new Map<string, number>()
  for (const { path } of wx.requests) sends.set(path, (sends.get(path) ?? 0) + 1)
  for (const [path, count] of sends)
    if (path.startsWith('/v1/post/')) expect([path, count <= 2]).toEqual([path, true])
  expect(auth.state).not.toBe('signing-in')
  expect(sins).toEqual([])
}
