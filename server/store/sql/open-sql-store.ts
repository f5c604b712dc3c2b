/** The store for several processes: PostgreSQL or MySQL, chosen by the scheme of DATABASE_URL. */
import { ConfigError } from '../../config'
import type { Store } from '../store'
import * as account from './account'
import type { SqlDialect } from './dialect'
import { ConnectionFault, fieldOf } from './faults'
import { createGate } from './gate'
import type { Gate } from './gate'
import { login } from './login-transaction'
import { SchemaTooNew } from './migrate'
import { mysql } from './mysql'
import { postgres } from './postgres'
import * as sessions from './session-queries'

function sessionMethods({ read, write }: Gate) {
  return {
    findLiveSession: (sessionId) => read((db) => sessions.findLiveSession(db, sessionId)),
    touchSession: (sessionId, lastSeenAtMs) =>
      write((trx) => sessions.touchSession(trx, sessionId, lastSeenAtMs)),
    endSession: (sessionId, userId) => write((trx) => sessions.endSession(trx, sessionId, userId)),
    endAllSessions: (userId) => write((trx) => sessions.endAllSessions(trx, userId)),
    listSessions: (userId) => read((db) => account.listSessions(db, userId)),
    findSessionKeys: (appid, openid) => read((db) => sessions.findSessionKeys(db, appid, openid)),
    countSessions: () => read(sessions.countSessions),
  } satisfies Partial<Store>
}

function accountMethods({ read, readTogether, write }: Gate) {
  return {
    updateProfile: (owner, change) => write((trx) => account.updateProfile(trx, owner, change)),
    setAvatar: (owner, avatar) => write((trx) => account.setAvatar(trx, owner, avatar)),
    findAvatar: (name) => read((db) => account.findAvatar(db, name)),
    setPhone: (owner, phone) => write((trx) => account.setPhone(trx, owner, phone)),
    exportAccount: (owner) => readTogether((trx) => account.exportAccount(trx, owner)),
    deleteAccount: (userId) => write((trx) => account.deleteAccount(trx, userId)),
  } satisfies Partial<Store>
}

function createSqlStore(dialect: SqlDialect, gate: Gate): Store {
  return {
    assertWritable: () => gate.probe(),
    login: (write) => gate.write((trx) => login(trx, dialect, write)),
    ...sessionMethods(gate),
    ...accountMethods(gate),
    close: () => gate.close(),
  }
}

/** Names the error's number: the server's own words may hold a part of the URL. */
function toConfigError(dialect: SqlDialect, error: unknown): ConfigError {
  if (error instanceof SchemaTooNew) {
    const fault = `the schema in ${dialect.product} is newer than this program: start a newer one`
    return new ConfigError([`DATABASE_URL: ${fault}`])
  }
  const cause = error instanceof ConnectionFault ? error.cause : error
  const number = String(fieldOf(cause, 'code'))
  return new ConfigError([
    `DATABASE_URL: ${dialect.product} refuses it (${number}): check the account, its rights, the database and the options of the URL`,
  ])
}

/** The driver's own words hold parts of the URL, such as the name of a file that is not there. */
function openGate(dialect: SqlDialect, url: string): Gate {
  try {
    return createGate(dialect, url)
  } catch {
    throw new ConfigError([
      `DATABASE_URL: the driver of ${dialect.product} can't use it: check the options of the URL`,
    ])
  }
}

async function warnOfPowerCuts(dialect: SqlDialect, gate: Gate, warn: Warn): Promise<void> {
  // An engine that does not know the setting does not have the fault.
  const fault = await gate.read((db) => dialect.findDurabilityFault(db)).catch(() => null)
  if (fault === null) return
  warn(`${dialect.product}: ${fault}, so a power cut there loses acknowledged writes`)
}

type Warn = (message: string) => void

/**
 * A server that is away is no fault of the configuration: the store is answered all the same, says
 * STORAGE_UNAVAILABLE, and works once the server is there.
 *
 * @param url `postgres://…`, `postgresql://…` or `mysql://…`
 * @param warn is told what an operator should know.
 * @throws ConfigError when the URL, the account, the database or its schema is no good.
 */
export async function openSqlStore(url: string, warn: Warn): Promise<Store> {
  const dialect = url.startsWith('mysql:') ? mysql : postgres
  const gate = openGate(dialect, url)
  try {
    await gate.prepare()
    await warnOfPowerCuts(dialect, gate, warn)
  } catch (error) {
    const fault = dialect.faultOf(error)
    if (fault === 'lost' || fault === 'storage') {
      warn(`${dialect.product} is not there yet; it is tried again with each request`)
    } else {
      await gate.close()
      throw fault === 'setup' || error instanceof SchemaTooNew
        ? toConfigError(dialect, error)
        : error
    }
  }
  return createSqlStore(dialect, gate)
}
