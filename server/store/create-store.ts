/** The rules over one engine: a Store. */
import { toWriting } from './engine'
import type { Engine, Writing } from './engine'
import * as account from './queries/account'
import { bind, findUserId, login } from './queries/login'
import { openAnotherSession } from './queries/open-session'
import * as sessions from './queries/sessions'
import { createSweep } from './queries/sweep'
import type { Trx } from './schema/tables'
import type { StoreRoom } from './sql-client'
import type { Owner, Store, UserRecord } from './store'

function sessionMethods({ sqlClient, findLiveSession }: Engine) {
  const { read, write } = sqlClient
  const inWriting = <T>(work: (writing: Writing) => Promise<T>): Promise<T> =>
    write((trx) => work(toWriting(trx, sqlClient)))
  return {
    findLiveSession,
    async openSession(owner, opening) {
      const isOpen = await inWriting((writing) => openAnotherSession(writing, owner, opening))
      return isOpen ? findLiveSession(opening.session.id) : null
    },
    findEndReason: (sessionId) => read((db) => sessions.findEndReason(db, sessionId)),
    touchSession: (sessionId, lastSeenAtMs) =>
      write((trx) => sessions.touchSession(trx, sessionId, lastSeenAtMs)),
    endSession: (owner, sessionId, atMs) =>
      inWriting((writing) => sessions.endSession(writing, owner, sessionId, atMs)),
    endAllSessions: (owner, atMs) =>
      inWriting((writing) => sessions.endAllSessions(writing, owner, atMs)),
    endOtherSessions: (owner, atMs) =>
      inWriting((writing) => sessions.endOtherSessions(writing, owner, atMs)),
    listSessions: (userId) => read((db) => sessions.listSessions(db, userId)),
    findOpenid: (userId, appid) => read((db) => sessions.findOpenid(db, userId, appid)),
    findSessionKeys: (appid, openid) => read((db) => sessions.findSessionKeys(db, appid, openid)),
    countSessions: () => read(sessions.countSessions),
  } satisfies Partial<Store>
}

function accountMethods({ sqlClient, readTogether }: Engine, rooms: readonly StoreRoom[]) {
  const { read, write } = sqlClient
  const change = (
    owner: Owner,
    work: (trx: Trx, owner: Owner) => Promise<void>,
  ): Promise<UserRecord | null> =>
    write((trx) => account.changeAccount(toWriting(trx, sqlClient), owner, work))
  return {
    updateProfile: (owner, profile) =>
      change(owner, (trx, live) => account.updateProfile(trx, live, profile)),
    fillProfile: (owner, profile) =>
      change(owner, (trx, live) => account.fillProfile(trx, live, profile)),
    setAvatar: (owner, avatar) =>
      change(owner, (trx, live) => account.setAvatar(trx, live, avatar)),
    removeAvatar: (owner) => change(owner, account.removeAvatar),
    findAvatar: (name) => read((db) => account.findAvatar(db, name)),
    setPhone: (owner, phone) => change(owner, (trx, live) => account.setPhone(trx, live, phone)),
    removePhone: (owner) => change(owner, account.removePhone),
    exportAccount: (owner) => readTogether((db) => account.exportAccount(db, owner)),
    deleteAccount: (owner, atMs) =>
      write((trx) => account.deleteAccount(toWriting(trx, sqlClient), rooms, owner, atMs)),
  } satisfies Partial<Store>
}

export function createStore(engine: Engine, rooms: readonly StoreRoom[]): Store {
  const { sqlClient } = engine
  const sweep = createSweep(sqlClient)
  return {
    assertWritable: engine.assertWritable,
    async login(write) {
      const result = await engine.login(write, (trx) =>
        login(toWriting(trx, sqlClient), rooms, write),
      )
      sweep(write)
      return result
    },
    findUserId: (person) => sqlClient.read((db) => findUserId(db, person)),
    bind: (write) => sqlClient.write((trx) => bind(toWriting(trx, sqlClient), write)),
    ...sessionMethods(engine),
    ...accountMethods(engine, rooms),
    close: engine.close,
  }
}
