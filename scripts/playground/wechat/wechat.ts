/**
 * WeChat inside the page: the sandbox's people, codes and session_keys, stored in the browser, and
 * the four endpoints that the BFF calls. No AppSecret is checked, because nothing goes over a
 * network.
 */
import { SANDBOX_MINI_PROGRAM as APPID } from '../../lib/defaults'
import { createFaults } from '../../sandbox/faults'
import type { Fault, Faults } from '../../sandbox/faults'
import { judgeText } from '../../sandbox/wechat/content-words'
import type { Verdict } from '../../sandbox/wechat/content-words'
import { spendLoginCode } from '../../sandbox/wechat/login'
import { spendPhoneCode } from '../../sandbox/wechat/phone'
import { Refusal } from '../../sandbox/wechat/refusal'
import { phoneFieldsOf } from '../../sandbox/world/phone-number'
import type { PhoneFields } from '../../sandbox/world/phone-number'
import type { JsonStorage } from '../json-storage'
import type { PageWorld, WorldStorage } from './world-storage'

/** A call of the BFF, as shown in the sequence diagram. */
interface WechatCall {
  path: string
  appid: string
  /** ISO 8601. */
  at: string
  /** `ok`, `errcode 40029` or `fault hang`. */
  outcome: string
}

export interface WechatIdentity {
  openid: string
  unionid: string
  sessionKey: string
}

/** The calls of the BFF. Each throws Refusal with WeChat's errcode, or SilentWechat. */
export interface Wechat {
  exchangeCode(code: string): Promise<WechatIdentity>
  isKeyValid(openid: string, sessionKey: string): Promise<boolean>
  getPhoneNumber(code: string, openid: string): Promise<PhoneFields>
  judgeNickname(text: string): Promise<Verdict['suggest']>
}

/** WeChat gave no readable answer. */
export class SilentWechat extends Error {}

export const WECHAT_PATHS = [
  '/sns/jscode2session',
  '/wxa/checksession',
  '/wxa/business/getuserphonenumber',
  '/wxa/msg_sec_check',
] as const
type Path = (typeof WECHAT_PATHS)[number]

/** How long the BFF waits for an answer that never comes. */
const DEADLINE_MS = 3000
const KEPT_CALLS = 100

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** The requested fault of this path. To the BFF, all faults that corrupt an answer look alike. */
async function playFault(fault: Fault | null): Promise<string | null> {
  if (fault === null) return null
  const { mode, errcode = -1, delayMs = 0 } = fault
  await pause(mode === 'hang' ? DEADLINE_MS : delayMs)
  if (mode === 'errcode') throw new Refusal(errcode)
  if (mode !== 'delay') throw new SilentWechat(`fault ${mode}`)
  return 'fault delay'
}

const outcomeOf = (error: unknown): string =>
  error instanceof Refusal ? `errcode ${error.errcode}` : (error as Error).message

export interface PageWechat extends Wechat {
  /** Faults survive a reload, as the sandbox's do. */
  useFaults: <T>(work: (faults: Faults) => T) => T
  calls(): readonly WechatCall[]
  /** Deletes people, codes, faults and calls. */
  reset(): void
}

const FAULTS = 'faults'

type UseFaults = PageWechat['useFaults']

function createUseFaults(storage: JsonStorage): UseFaults {
  return (work) => {
    const faults = createFaults()
    for (const fault of (storage.read(FAULTS) as Fault[] | null) ?? []) faults.add(fault)
    const result = work(faults)
    storage.write(FAULTS, faults.list())
    return result
  }
}

/** Runs an endpoint unless a fault applies, and records the call. */
function createCaller(useFaults: UseFaults, latencyMs: number) {
  let calls: WechatCall[] = []
  return {
    list: () => calls,
    forget: () => {
      calls = []
    },
    async call<T>(path: Path, answer: () => T): Promise<T> {
      const at = new Date().toISOString()
      const note = (outcome: string): void => {
        calls = [...calls, { path, appid: APPID, at, outcome }].slice(-KEPT_CALLS)
      }
      try {
        await pause(latencyMs)
        const outcome = (await playFault(useFaults((faults) => faults.take(path)))) ?? 'ok'
        const result = answer()
        note(outcome)
        return result
      } catch (error) {
        note(outcomeOf(error))
        throw error
      }
    },
  }
}

function exchangeCode(world: PageWorld, code: string): WechatIdentity {
  const account = spendLoginCode(world, APPID, code)
  account.lastActiveAtMs = world.clock.nowMs()
  const { openid, unionid } = account
  return { openid, unionid, sessionKey: world.keys.getLiving(account).text }
}

function isKeyValid({ people, keys }: PageWorld, openid: string, sessionKey: string): boolean {
  const account = people.findByOpenid(openid)
  return account !== null && keys.findLiving(account)?.text === sessionKey
}

/** @param latencyMs the delay of each call. */
export function createWechat(
  storage: JsonStorage,
  { use, reset }: WorldStorage,
  latencyMs: number,
): PageWechat {
  const useFaults = createUseFaults(storage)
  const caller = createCaller(useFaults, latencyMs)
  return {
    useFaults,
    calls: caller.list,
    reset() {
      reset()
      storage.remove(FAULTS)
      caller.forget()
    },
    exchangeCode: (code) =>
      caller.call('/sns/jscode2session', () => use((world) => exchangeCode(world, code))),
    isKeyValid: (openid, key) =>
      caller.call('/wxa/checksession', () => use((world) => isKeyValid(world, openid, key))),
    getPhoneNumber: (code, openid) =>
      caller.call('/wxa/business/getuserphonenumber', () =>
        use((world) => phoneFieldsOf(spendPhoneCode(world, APPID, code, openid))),
      ),
    judgeNickname: (text) => caller.call('/wxa/msg_sec_check', () => judgeText(text).suggest),
  }
}
