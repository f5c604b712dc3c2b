/**
 * fast-check chooses the order of all callbacks of WeChat and the network, and the calls,
 * revocations and failures between them. The invariants of world.ts must hold in every order.
 */
import * as fc from 'fast-check'
import { refuse } from '../../../support/fake-wx-server'
import { getSetting } from './kit'
import type { Deed, Fault, Step } from './world'
import { createWorld, judge, play } from './world'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

const deeds: Step[] = ['ready', 'login', 'get', 'post', 'burst', 'upload', 'tap', 'allow', 'revoke']
const steps = (more: Step[]) =>
  fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom<Step>(...deeds, ...more) },
      { weight: 4, arbitrary: fc.constantFrom<Step>('deliver', 'deliver', 'deliver', 'wait') },
    ),
    { maxLength: 60 },
  )
const faults = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<'serve'>('serve') },
    {
      weight: 2,
      arbitrary: fc.constantFrom<Fault>(
        'hang',
        'lost',
        { errMsg: 'request:fail ' },
        refuse(503, 'WX_UNAVAILABLE'),
        refuse(503, 'OVERLOADED', { 'retry-after': '1' }),
        refuse(400, 'WX_CODE_INVALID'),
        { status: 502, text: '<html>' },
      ),
    },
  ),
  { maxLength: 30 },
)

const runs = { numRuns: getSetting().numRuns }

it('holds in any order of callbacks', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), steps([]), async (s, list) => {
      const world = createWorld(s, [])
      await play(s, world, list)
      judge(world)
    }),
    runs,
  )
}, 60_000)

it('holds when the network and the server fail', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), steps([]), faults, async (s, list, script) => {
      const world = createWorld(s, script)
      await play(s, world, list)
      judge(world)
    }),
    runs,
  )
}, 60_000)

it('holds when the user logs out at any moment', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      steps(['logout', 'logout']),
      faults,
      async (s, list, script) => {
        const world = createWorld(s, script)
        await play(s, world, list)
        judge(world)
        const last = world.calls.filter(({ path }) => path.startsWith('log')).at(-1)
        if (last?.path === 'logout') expect(world.auth.state).toBe('signed-out')
      },
    ),
    runs,
  )
}, 60_000)

it('gives all callers that wait for one login the same outcome', async () => {
  const waiters = fc.array(fc.constantFrom<Deed>('ready', 'login', 'get'), {
    minLength: 2,
    maxLength: 12,
  })
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), waiters, fc.boolean(), async (s, list, works) => {
      const world = createWorld(s, [])
      if (!works) world.wx.loginFaults.push({ errMsg: 'login:fail' })
      await play(s, world, list)
      judge(world)
      expect(world.wx.loginsAtMs).toHaveLength(1)
      const kinds = world.calls.map(({ outcome }) => outcome.error?.kind)
      expect(new Set(kinds)).toEqual(new Set([works ? undefined : 'network']))
    }),
    runs,
  )
}, 60_000)

it('accepts data encrypted before any login, whatever runs at the same time', async () => {
  const signedIn: Step[] = ['ready', 'deliver', 'deliver', 'deliver', 'wait']
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), steps([]), steps(['login']), async (s, before, after) => {
      const world = createWorld(s, [])
      await play(s, world, signedIn)
      await play(s, world, [...before, 'tap', 'allow', ...after])
      judge(world)
    }),
    runs,
  )
}, 60_000)
