/** Builds a Store from an engine and the rules in queries/. */
import type { Engine, WriteContext } from './engine'
import * as account from './queries/account'
import { bind, findUserId, login } from './queries/login'
import { openAnotherSession } from './queries/open-session'
import * as sessions from './queries/sessions'
import { createSweep } from './queries/sweep'
import type { Db, Trx } from './schema/tables'
import type { FeatureStorage } from './sql-client'
import type { Owner, Store, UserRecord } from './store'

/** Turns a rule, whose first parameter is a connection or a transaction, into a method of the store. */
function createMethods({ sqlClient }: Engine, storages: readonly FeatureStorage[]) {
  const inTransaction = <T>(
    work: (context: WriteContext) => Promise<T>,
    accountId?: string,
  ): Promise<T> =>
    sqlClient.write((trx) => work({ trx, engine: sqlClient.engine, storages }), accountId)

  const asRead =
    <Args extends unknown[], T>(rule: (db: Db, ...args: Args) => Promise<T>) =>
    (...args: Args): Promise<T> =>
      sqlClient.read((db) => rule(db, ...args))

  const asWrite =
    <Args extends unknown[], T>(rule: (context: WriteContext, ...args: Args) => Promise<T>) =>
    (...args: Args): Promise<T> =>
      inTransaction((context) => rule(context, ...args))

  /** For what a signed-in person requests: the second parameter of the rule is the owner. */
  const asOwnWrite =
    <Args extends unknown[], T>(
      rule: (context: WriteContext, owner: Owner, ...args: Args) => Promise<T>,
    ) =>
    (owner: Owner, ...args: Args): Promise<T> =>
      inTransaction((context) => rule(context, owner, ...args), owner.userId)

  /** For a change of an account, which returns the user. */
  const asAccountChange = <Args extends unknown[]>(
    rule: (trx: Trx, owner: Owner, ...args: Args) => Promise<void>,
  ) =>
    asOwnWrite((context, owner, ...args: Args): Promise<UserRecord | null> =>
      account.changeAccount(context, owner, (trx, live) => rule(trx, live, ...args)),
    )

  return { asRead, asWrite, asOwnWrite, asAccountChange }
}

export function createStore(engine: Engine, storages: readonly FeatureStorage[]): Store {
  const { sqlClient, findLiveSession } = engine
  const { asRead, asWrite, asOwnWrite, asAccountChange } = createMethods(engine, storages)
  const sweep = createSweep(sqlClient, storages)
  const openSession = asOwnWrite(openAnotherSession)
  return {
    assertWritable: engine.assertWritable,
    async login(write) {
      const result = await engine.login(write, (trx) =>
        login({ trx, engine: sqlClient.engine, storages }, write),
      )
      sweep(write)
      return result
    },
    findUserId: asRead(findUserId),
    bind: asWrite(bind),
    async openSession(owner, opening) {
      return (await openSession(owner, opening)) ? findLiveSession(opening.session.id) : null
    },
    findLiveSession,
    findEndReason: asRead(sessions.findEndReason),
    touchSession: asWrite(sessions.touchSession),
    endSession: asOwnWrite(sessions.endSession),
    endAllSessions: asOwnWrite(sessions.endAllSessions),
    endOtherSessions: asOwnWrite(sessions.endOtherSessions),
    listSessions: asRead(sessions.listSessions),
    findOpenid: asRead(sessions.findOpenid),
    findSessionKeys: asRead(sessions.findSessionKeys),
    countSessions: asRead(sessions.countSessions),
    updateProfile: asAccountChange(account.updateProfile),
    fillProfile: asAccountChange(account.fillProfile),
    setAvatar: asAccountChange(account.setAvatar),
    removeAvatar: asAccountChange(account.removeAvatar),
    findAvatar: asRead(account.findAvatar),
    setPhone: asAccountChange(account.setPhone),
    removePhone: asAccountChange(account.removePhone),
    exportAccount: (owner) =>
      engine.readSnapshot((db) => account.exportAccount(db, owner), owner.userId),
    deleteAccount: asOwnWrite(account.deleteAccount),
    close: engine.close,
  }
}
