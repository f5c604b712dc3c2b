/** Builds a Store from an engine and the rules in queries/. */
import { sessionEnded } from '../errors'
import type { Engine, WriteContext } from './engine'
import * as account from './queries/account'
import * as identities from './queries/identities'
import { bind, findUserId, login } from './queries/login'
import { openAnotherSession } from './queries/open-session'
import * as sessions from './queries/sessions'
import { createSweep } from './queries/sweep'
import type { Db, Trx } from './schema/tables'
import type { FeatureStorage } from './feature-storage'
import type { Requester, Store } from './store'

/** Turns a rule, whose first parameter is a connection or a transaction, into a method of the store. */
function createMethods({ sqlClient }: Engine, storages: readonly FeatureStorage[]) {
  const inTransaction = <T>(
    work: (context: WriteContext) => Promise<T>,
    accountId?: string,
  ): Promise<T> =>
    sqlClient.write((trx) => work({ trx, engineName: sqlClient.engineName, storages }), accountId)

  const asRead =
    <Args extends unknown[], T>(rule: (db: Db, ...args: Args) => Promise<T>) =>
    (...args: Args): Promise<T> =>
      sqlClient.read((db) => rule(db, ...args))

  const asWrite =
    <Args extends unknown[], T>(rule: (context: WriteContext, ...args: Args) => Promise<T>) =>
    (...args: Args): Promise<T> =>
      inTransaction((context) => rule(context, ...args))

  /** @throws ApiError if `result` is null, which says that the requester's session has ended. */
  async function requireLive<T>(requester: Requester, result: Promise<T | null>): Promise<T> {
    const value = await result
    if (value !== null) return value
    const { id, tokenUserId } = requester
    throw sessionEnded(await sqlClient.read((db) => sessions.findEndReason(db, id, tokenUserId)))
  }

  /** For what a signed-in person requests. The rule returns null if the requester's session has ended. */
  const asOwnWrite =
    <Args extends unknown[], T>(
      rule: (context: WriteContext, requester: Requester, ...args: Args) => Promise<T | null>,
    ) =>
    (requester: Requester, ...args: Args): Promise<T> =>
      requireLive(
        requester,
        inTransaction((context) => rule(context, requester, ...args), requester.userId),
      )

  /** For a change of an account, which returns the user. */
  const asAccountChange = <Args extends unknown[]>(
    rule: (trx: Trx, requester: Requester, ...args: Args) => Promise<void>,
  ) =>
    asOwnWrite((context, requester, ...args: Args) =>
      account.changeAccount(context, requester, (trx, live) => rule(trx, live, ...args)),
    )

  return { requireLive, asRead, asWrite, asOwnWrite, asAccountChange }
}

type Methods = ReturnType<typeof createMethods>

/** What a signed-in person requests. */
function createOwnMethods(
  { requireLive, asOwnWrite, asAccountChange }: Methods,
  { findLiveSession, readSnapshot }: Engine,
) {
  const openSession = asOwnWrite(openAnotherSession)
  const deleteAccount = asOwnWrite(account.deleteAccount)
  return {
    async openSession(requester, opening) {
      await openSession(requester, opening)
      return requireLive(requester, findLiveSession(opening.session.id))
    },
    endSession: asOwnWrite(sessions.endSession),
    endAllSessions: asOwnWrite(sessions.endAllSessions),
    endOtherSessions: asOwnWrite(sessions.endOtherSessions),
    updateProfile: asAccountChange(account.updateProfile),
    fillProfile: asAccountChange(account.fillProfile),
    setAvatar: asAccountChange(account.setAvatar),
    removeAvatar: asAccountChange(account.removeAvatar),
    setPhone: asAccountChange(account.setPhone),
    removePhone: asAccountChange(account.removePhone),
    exportAccount: (requester) =>
      requireLive(
        requester,
        readSnapshot((db) => account.exportAccount(db, requester), requester.userId),
      ),
    async deleteAccount(requester, nowMs) {
      await deleteAccount(requester, nowMs)
    },
  } satisfies Partial<Store>
}

export function createStore(engine: Engine, storages: readonly FeatureStorage[]): Store {
  const { sqlClient, findLiveSession } = engine
  const methods = createMethods(engine, storages)
  const { asRead, asWrite } = methods
  const sweep = createSweep(sqlClient, storages)
  return {
    assertWritable: engine.assertWritable,
    async login(write) {
      const result = await engine.login(write, (trx) =>
        login({ trx, engineName: sqlClient.engineName, storages }, write),
      )
      sweep(write)
      return result
    },
    findUserId: asRead(findUserId),
    bind: asWrite(bind),
    findLiveSession,
    findEndReason: asRead(sessions.findEndReason),
    touchSession: asWrite(sessions.touchSession),
    listSessions: asRead(sessions.listSessions),
    findOpenid: asRead(identities.findOpenid),
    findSessionKeys: asRead(identities.findSessionKeys),
    countSessions: asRead(sessions.countSessions),
    findAvatar: asRead(account.findAvatar),
    ...createOwnMethods(methods, engine),
    close: engine.close,
  }
}
