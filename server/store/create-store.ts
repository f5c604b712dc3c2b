/** The rules over one engine: a Store. */
import { toWriting } from './engine'
import type { Engine, Writing } from './engine'
import * as account from './queries/account'
import { bind, findUserId, login } from './queries/login'
import { openAnotherSession } from './queries/open-session'
import * as sessions from './queries/sessions'
import { createSweep } from './queries/sweep'
import type { Db, Trx } from './schema/tables'
import type { StoreRoom } from './sql-client'
import type { Owner, Store, UserRecord } from './store'

/** Turn a rule, which is given a connection or a transaction first, into a method of the store. */
function createMethods({ sqlClient }: Engine, rooms: readonly StoreRoom[]) {
  const inWriting = <T>(work: (writing: Writing) => Promise<T>): Promise<T> =>
    sqlClient.write((trx) => work(toWriting(trx, sqlClient, rooms)))

  const reading =
    <Args extends unknown[], T>(rule: (db: Db, ...args: Args) => Promise<T>) =>
    (...args: Args): Promise<T> =>
      sqlClient.read((db) => rule(db, ...args))

  const writing =
    <Args extends unknown[], T>(rule: (writing: Writing, ...args: Args) => Promise<T>) =>
    (...args: Args): Promise<T> =>
      inWriting((within) => rule(within, ...args))

  /** A change of an account, which is answered with the user. */
  const changing =
    <Args extends unknown[]>(rule: (trx: Trx, owner: Owner, ...args: Args) => Promise<void>) =>
    (owner: Owner, ...args: Args): Promise<UserRecord | null> =>
      inWriting((within) =>
        account.changeAccount(within, owner, (trx, live) => rule(trx, live, ...args)),
      )

  return { reading, writing, changing }
}

export function createStore(engine: Engine, rooms: readonly StoreRoom[]): Store {
  const { sqlClient, findLiveSession } = engine
  const { reading, writing, changing } = createMethods(engine, rooms)
  const sweep = createSweep(sqlClient)
  const openSession = writing(openAnotherSession)
  return {
    assertWritable: engine.assertWritable,
    async login(write) {
      const result = await engine.login(write, (trx) =>
        login(toWriting(trx, sqlClient, rooms), write),
      )
      sweep(write)
      return result
    },
    findUserId: reading(findUserId),
    bind: writing(bind),
    async openSession(owner, opening) {
      return (await openSession(owner, opening)) ? findLiveSession(opening.session.id) : null
    },
    findLiveSession,
    findEndReason: reading(sessions.findEndReason),
    touchSession: writing(sessions.touchSession),
    endSession: writing(sessions.endSession),
    endAllSessions: writing(sessions.endAllSessions),
    endOtherSessions: writing(sessions.endOtherSessions),
    listSessions: reading(sessions.listSessions),
    findOpenid: reading(sessions.findOpenid),
    findSessionKeys: reading(sessions.findSessionKeys),
    countSessions: reading(sessions.countSessions),
    updateProfile: changing(account.updateProfile),
    fillProfile: changing(account.fillProfile),
    setAvatar: changing(account.setAvatar),
    removeAvatar: changing(account.removeAvatar),
    findAvatar: reading(account.findAvatar),
    setPhone: changing(account.setPhone),
    removePhone: changing(account.removePhone),
    exportAccount: (owner) => engine.readTogether((db) => account.exportAccount(db, owner)),
    deleteAccount: writing(account.deleteAccount),
    close: engine.close,
  }
}
