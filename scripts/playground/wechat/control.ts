/**
 * The sandbox's control endpoints that the page uses: actions on a phone, faults and the call list.
 * Only the preview's own code calls them.
 */
import { SANDBOX_MINI_PROGRAM as APPID } from '../../lib/defaults'
import { createOpenData } from '../../sandbox/control/open-data'
import type { Fault, Faults } from '../../sandbox/faults'
import { WECHAT_PATHS } from './wechat'
import type { PageWechat } from './wechat'
import type { WorldStorage } from './world-storage'

interface Input {
  user?: string
  phone?: string
  kind?: 'profile' | 'phone' | 'openid'
  data?: Record<string, unknown>
}

/** Returns an object, or null when there is no such endpoint. */
export type Control = (method: string, path: string, input: object) => object | null

const DEFAULT_USER = 'demo'

function createPhoneEndpoints({ use }: WorldStorage) {
  return {
    'POST login-code': ({ user = DEFAULT_USER }: Input) =>
      use(({ people, keys, codes }) => {
        keys.touch(people.getAccount(APPID, user))
        return { code: codes.issue({ kind: 'login', appid: APPID, user }).code }
      }),
    'POST phone-code': ({ user = DEFAULT_USER, phone }: Input) =>
      use(({ people, codes }) => {
        const person = people.getPerson(user)
        if (phone !== undefined) person.phone = phone
        const wanted = { kind: 'phone', appid: APPID, user, phone: person.phone } as const
        return { code: codes.issue(wanted).code }
      }),
    'POST open-data': ({ user = DEFAULT_USER, kind = 'profile', data }: Input) =>
      use((world) => createOpenData(world, { appid: APPID, user, kind, data })),
    'POST check-session': ({ user = DEFAULT_USER }: Input) =>
      use(({ people, keys }) => ({
        valid: keys.findLiving(people.getAccount(APPID, user)) !== null,
      })),
  }
}

function createFaultEndpoints(wechat: PageWechat) {
  const list = (change: (faults: Faults) => void) =>
    wechat.useFaults((faults) => {
      change(faults)
      return { faults: faults.list(), paths: WECHAT_PATHS }
    })
  return {
    'GET faults': () => list(() => undefined),
    'POST faults': (fault: object) => list((faults) => faults.add(fault as Fault)),
    'DELETE faults': () => list((faults) => faults.clear()),
    'GET calls': () => ({ calls: wechat.calls() }),
    'POST reset': () => {
      wechat.reset()
      return { ok: true }
    },
  }
}

/** Ends a user's session_key. */
function expireSession({ use }: WorldStorage, user: string) {
  return use(({ people, keys }) => ({
    expired: keys.expire(people.getAccount(APPID, user)) ? [APPID] : [],
  }))
}

export function createControl(worlds: WorldStorage, wechat: PageWechat): Control {
  const endpoints: Record<string, (input: object) => object> = {
    ...createPhoneEndpoints(worlds),
    ...createFaultEndpoints(wechat),
  }
  return (method, path, input) => {
    const user = /^users\/([^/]+)\/expire-session$/.exec(path)?.[1]
    if (method === 'POST' && user !== undefined) {
      return expireSession(worlds, decodeURIComponent(user))
    }
    return endpoints[`${method} ${path}`]?.(input) ?? null
  }
}
