/** The hooks of the embedding service: they choose the account of a new person, and are called after each login. */
import { ApiError } from '../errors'
import type { Logger } from '../logger'
import type { Store, UserRecord, WechatPerson } from '../store/store'

/** Data from the login's body for the embedding service; we do not store it. */
export type Extra = Record<string, unknown>

export interface NewPerson extends WechatPerson {
  extra: Extra | undefined
}

export interface Hooks {
  /**
   * Called before an account is created for an unknown person, and only once for concurrent logins of
   * one person. When it throws or takes more than 3 s, nothing is stored and the login answers 503.
   * @returns the id of their account with the embedding service (1 to 64 visible characters of ASCII),
   * null for a new id of our own, `{ refuse: true }` when there is no such account (403 NOT_BOUND).
   */
  resolveUser?: (person: NewPerson) => Promise<string | null | { refuse: true }>
  /** Called after each login is stored, before it is answered, but for 3 s at most. We only log what it throws. */
  onLogin?: (login: {
    user: UserRecord
    isNew: boolean
    extra: Extra | undefined
  }) => Promise<void> | void
}

/** Short, because the login library gives up after 10 s, of which WeChat may take 7. */
const HOOK_WITHIN_MS = 3000

const USER_ID = /^[\x21-\x7e]{1,64}$/

export function assertUserId(userId: string): void {
  if (!USER_ID.test(userId)) {
    throw new TypeError('a user id must be 1 to 64 visible characters of ASCII')
  }
}

interface HooksContext {
  hooks: Hooks
  store: Pick<Store, 'findUserId'>
  logger: Logger
}

/** A hook that never settles would keep its person out: all later logins would wait for its answer. */
async function inTime<T>(answer: T | Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    const error = new Error(`no answer within ${HOOK_WITHIN_MS} ms`)
    timer = setTimeout(reject, HOOK_WITHIN_MS, error)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}

function logFailure(logger: Logger, hook: keyof Hooks, error: unknown): void {
  const stack = error instanceof Error ? error.stack : undefined
  logger.error({ alert: true, ...(stack !== undefined && { stack }) }, `the hook ${hook} failed`)
}

/**
 * @returns the id for a new account; undefined for a new id of our own.
 * @throws ApiError NOT_BOUND, STORAGE_UNAVAILABLE
 */
async function callResolveUser(
  { hooks, logger }: HooksContext,
  person: NewPerson,
): Promise<string | undefined> {
  try {
    const answer = await inTime(hooks.resolveUser?.(person))
    if (typeof answer === 'object' && answer?.refuse === true) {
      throw new ApiError('NOT_BOUND', 'The service knows no such person.')
    }
    if (typeof answer !== 'string') return undefined
    assertUserId(answer)
    return answer
  } catch (error) {
    if (error instanceof ApiError) throw error
    logFailure(logger, 'resolveUser', error)
    throw new ApiError('STORAGE_UNAVAILABLE', 'The embedding service could not say who this is.')
  }
}

export type HookCalls = ReturnType<typeof createHookCalls>

export function createHookCalls(context: HooksContext) {
  const { hooks, store, logger } = context
  /** The calls of resolveUser in progress, each with the number of logins that wait for its answer or store it. */
  const inProgress = new Map<string, { answer: Promise<string | undefined>; logins: number }>()

  return {
    /** Runs the login with the id for a new account; undefined for a new id of our own. */
    async withNewUserId<T>(
      person: NewPerson,
      login: (newUserId: string | undefined) => Promise<T>,
    ): Promise<T> {
      if (hooks.resolveUser === undefined || (await store.findUserId(person)) !== null) {
        return login(undefined)
      }
      const key = JSON.stringify([person.appid, person.openid])
      const call = inProgress.get(key) ?? { answer: callResolveUser(context, person), logins: 0 }
      inProgress.set(key, call)
      call.logins += 1
      try {
        return await login(await call.answer)
      } finally {
        call.logins -= 1
        if (call.logins === 0) inProgress.delete(key)
      }
    },

    /** Calls onLogin. */
    async callOnLogin(login: Parameters<NonNullable<Hooks['onLogin']>>[0]): Promise<void> {
      if (hooks.onLogin === undefined) return
      try {
        // A copy, because the host may change it, and the answer needs ours.
        await inTime(hooks.onLogin({ ...login, user: { ...login.user } }))
      } catch (error) {
        logFailure(logger, 'onLogin', error)
      }
    },
  }
}
