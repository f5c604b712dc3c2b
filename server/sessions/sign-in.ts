/** What the login of a mini-program and the sign-in of a browser have in common. */
import { ApiError } from '../errors'
import { spendCode } from '../spent-codes'
import type { CodeKind, SpentCodes } from '../spent-codes'
import type { IdentityWrite, LoginResult, SessionRecord, Store } from '../store/store'
import { newDeadline } from '../wechat/endpoint'
import type { FailedCodes } from './failed-codes'
import type { Extra, HookCalls } from './hooks'
import { newSession } from './new-session'
import type { SessionRules } from './sessions'

export interface CodeOfAddress {
  code: string
  /** Failed codes are counted by it: see http/client-address.ts. */
  addressBlock: string
}

interface CodeContext {
  store: Pick<Store, 'assertWritable'>
  spentCodes: SpentCodes
  failedCodes: FailedCodes
}

/**
 * Sends a code to WeChat. The order matters: we check first that the login can be stored, because a
 * code can't be used again, and never send a code twice.
 */
export function exchangeWithLimits<T>(
  { store, spentCodes, failedCodes }: CodeContext,
  kind: CodeKind,
  { code, addressBlock }: CodeOfAddress,
  send: (deadlineMs: number) => Promise<T>,
): Promise<T> {
  // Starts now, so that waiting in the queue counts.
  const deadlineMs = newDeadline()
  return failedCodes.run(addressBlock, async () => {
    await store.assertWritable()
    return spendCode(spentCodes, kind, code, () => send(deadlineMs))
  })
}

interface LoginStoreContext {
  hookCalls: HookCalls
  store: Pick<Store, 'login'>
  rules: SessionRules
}

/** @param options.device readable name of the device, for the list of sessions. */
export async function storeLogin(
  { hookCalls, store, rules }: LoginStoreContext,
  identity: IdentityWrite,
  { device, extra }: { device: string; extra?: Extra | undefined },
): Promise<LoginResult & { session: SessionRecord }> {
  const { appid, openid, unionid, nowMs } = identity
  const opening = newSession(rules, device, nowMs)
  const result = await hookCalls.withNewUserId({ appid, openid, unionid, extra }, (newUserId) =>
    store.login({ ...identity, ...opening, newUserId }),
  )
  await hookCalls.callOnLogin({ ...result, extra })
  const { id: userId } = result.user
  const session: SessionRecord = {
    ...opening.session,
    ...{ userId, tokenUserId: userId, appid, openid },
    createdAtMs: nowMs,
    lastSeenAtMs: nowMs,
    parentId: null,
  }
  return { ...result, session }
}

/**
 * Counts the outcome: `new`, `returning` or an error code.
 * @param signIn resolves with null when nobody was signed in, which is not counted.
 */
export async function countOutcome<T extends Pick<LoginResult, 'isNew'> | null>(
  count: (outcome: string) => void,
  signIn: () => Promise<T>,
): Promise<T> {
  try {
    const result = await signIn()
    if (result !== null) count(result.isNew ? 'new' : 'returning')
    return result
  } catch (error) {
    count(error instanceof ApiError ? error.code : 'INTERNAL')
    throw error
  }
}
