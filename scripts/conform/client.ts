/**
 * Tests a third-party client against a scripted backend and a fake `wx`, mainly with overlapping
 * calls.
 */
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { createFakeWx } from './fake-wx'
import type { FakeWx, Wire } from './fake-wx'
import type { Finding } from './report'
import { examine } from './report'
import { UserError } from '../lib/user-error'

interface Client {
  request(options: { path: string }): Promise<unknown>
}

type CreateClient = (options: { baseUrl: string; loginTimeoutMs: number }) => Client

interface Target {
  wx: FakeWx
  create: () => Client
}

interface Check {
  name: string
  run: (target: Target) => Promise<string | null>
}

const LOGIN_TIMEOUT_MS = 2_000
/** Time limit for a login that is never answered, in milliseconds. */
const PATIENCE_MS = 20_000

const paths = Array.from({ length: 8 }, (_, index) => `/v1/part/${index}`)
const requestAll = (client: Client) => Promise.all(paths.map((path) => client.request({ path })))

const checks: Check[] = [
  {
    name: 'parallel cold starts make one login',
    async run({ wx, create }) {
      await requestAll(create())
      return wx.logins === 1 ? null : `${wx.logins} calls of wx.login`
    },
  },
  {
    name: 'parallel 401s make one login, and each gets its own answer',
    async run({ wx, create }) {
      const client = create()
      await client.request({ path: '/v1/first' })
      wx.revokeAll()
      const before = wx.logins
      const answers = JSON.stringify(await requestAll(client))
      const lost = paths.filter((path) => !answers.includes(path))
      if (lost.length > 0) return `${lost.length} requests got another's answer, or none`
      return wx.logins === before + 1 ? null : `${wx.logins - before} calls of wx.login`
    },
  },
  {
    name: 'a late 401 makes no login and keeps the new token',
    async run({ wx, create }) {
      const client = create()
      await client.request({ path: '/v1/first' })
      const release = wx.holdBack('/v1/slow')
      const slow = client.request({ path: '/v1/slow' })
      await wx.untilHeldBack()
      wx.revokeAll()
      await client.request({ path: '/v1/quick' })
      const before = wx.logins
      release()
      await slow
      return wx.logins === before ? null : `${wx.logins - before} logins for a token that was old`
    },
  },
  {
    name: 'a request is replayed at most once',
    async run({ wx, create }) {
      const client = create()
      await client.request({ path: '/v1/first' })
      wx.refuseAlways('/v1/refused')
      const outcome = await settle(client.request({ path: '/v1/refused' }), PATIENCE_MS)
      const count = wx.countOf('/v1/refused')
      if (outcome === 'open') return 'it never ends'
      return count <= 2 && outcome === 'rejected' ? null : `sent ${count} times, ${outcome}`
    },
  },
  {
    name: 'a code is sent once',
    async run({ wx, create }) {
      wx.failNextExchange()
      await settle(create().request({ path: '/v1/first' }), PATIENCE_MS)
      return wx.usedTwice() === 0 ? null : `${wx.usedTwice()} codes were sent twice`
    },
  },
  {
    name: 'a wx.login that never answers leaves nobody waiting, and the next try works',
    async run({ wx, create }) {
      const client = create()
      wx.hangNextLogin()
      const outcomes = await Promise.all(
        paths.map((path) => settle(client.request({ path }), PATIENCE_MS)),
      )
      if (outcomes.includes('open')) return `still open after ${PATIENCE_MS / 1000} s`
      const next = await settle(client.request({ path: '/v1/next' }), PATIENCE_MS)
      return next === 'resolved' ? null : `the next request is ${next}`
    },
  },
]

async function settle(promise: Promise<unknown>, ms: number): Promise<string> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<string>((done) => (timer = setTimeout(() => done('open'), ms)))
  const outcome = promise.then(
    () => 'resolved',
    () => 'rejected',
  )
  const first = await Promise.race([outcome, patience])
  clearTimeout(timer)
  return first
}

/** @throws UserError when the bundle can't be loaded, or exports nothing that can be tried. */
function loadClient(file: string): { createClient: CreateClient; wire: Wire | undefined } {
  const path = resolve(file)
  const require = createRequire(__filename)
  let exported: Record<string, unknown>
  try {
    // Requires the user's own bundle, no code of this project.
    // eslint-disable-next-line no-restricted-syntax
    exported = require(path) as Record<string, unknown>
  } catch (cause) {
    const [reason = ''] = String(cause).split('\n')
    throw new UserError(`${file} can't be loaded: ${reason}`, { cause })
  }
  const create = exported['createAuth'] ?? exported['createClient']
  const wire = exported['wire'] as Wire | undefined
  if (typeof create === 'function') return { createClient: create as CreateClient, wire }
  throw new UserError(`${file} exports neither createAuth nor createClient.`)
}

/** A new wx for each check, so that no check sees another one's session. */
export async function examineClient(file: string): Promise<Finding[]> {
  // Some clients use wx while they are loaded.
  Object.assign(globalThis, { wx: createFakeWx().api })
  const { createClient, wire } = loadClient(file)
  const findings: Finding[] = []
  for (const check of checks) {
    const wx = createFakeWx(wire)
    Object.assign(globalThis, { wx: wx.api })
    const create = (): Client =>
      createClient({ baseUrl: 'https://conform.test', loginTimeoutMs: LOGIN_TIMEOUT_MS })
    findings.push(await examine(withPatience(check), { wx, create }))
  }
  return findings
}

/** A client with promises that never settle must not block the whole run. */
function withPatience({ name, run }: Check): Check {
  return {
    name,
    async run(target) {
      const running = run(target)
      const outcome = await settle(running, 3 * PATIENCE_MS)
      return outcome === 'open' ? 'a request is never answered' : running
    },
  }
}
