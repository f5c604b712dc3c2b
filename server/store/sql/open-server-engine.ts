/** A database server as an engine of the store, for several processes. */
import { CompiledQuery } from 'kysely'
import { ConfigError } from '../../config'
import type { Engine } from '../engine'
import { selectLiveSession, toLiveSession } from '../queries/user-row'
import type { LiveSessionRow } from '../queries/user-row'
import { SchemaTooNewError, UnfinishedMoveError } from '../schema/migrations'
import type { StoreRoom } from '../sql-client'
import type { ServerClient, SqlDialect } from './dialect'
import { ConnectionFault, fieldOf } from './faults'
import { createServerClient } from './server-client'

function toEngine(dialect: SqlDialect, client: ServerClient): Engine {
  const findLive = selectLiveSession(dialect.firstParameter)
  return {
    sqlClient: client,
    readTogether: (work) => client.readTogether(work),
    login: dialect.createLogin(client),
    async findLiveSession(sessionId) {
      const row = await client.readOne<LiveSessionRow>(CompiledQuery.raw(findLive, [sessionId]))
      return row === undefined ? null : toLiveSession(row)
    },
    assertWritable: () => client.probe(),
    close: () => client.close(),
  }
}

/** Shows the error's number only, because the server's message may hold a part of the URL. */
function toConfigError(dialect: SqlDialect, error: unknown): ConfigError {
  if (error instanceof UnfinishedMoveError) {
    return new ConfigError([
      'DATABASE_URL: a move into this database is not finished: run the same npm run migrate again',
    ])
  }
  if (error instanceof SchemaTooNewError) {
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
function createClient(dialect: SqlDialect, url: string, rooms: readonly StoreRoom[]): ServerClient {
  try {
    return createServerClient(dialect, url, rooms)
  } catch {
    throw new ConfigError([
      `DATABASE_URL: the driver of ${dialect.product} can't use it: check the options of the URL`,
    ])
  }
}

async function warnOfPowerCuts(
  dialect: SqlDialect,
  client: ServerClient,
  warn: (message: string) => void,
): Promise<void> {
  // An engine that does not know the setting does not have the fault.
  const fault = await client.read((db) => dialect.findDurabilityFault(db)).catch(() => null)
  if (fault === null) return
  warn(`${dialect.product}: ${fault}, so a power cut there loses acknowledged writes`)
}

/**
 * A server that is away, or a node without its cluster, is no fault of the configuration: the engine is
 * answered all the same, says STORAGE_UNAVAILABLE, and works once the server is there.
 *
 * @throws ConfigError when the URL, the account, the database or its schema is no good.
 */
export async function openServerEngine(
  dialect: SqlDialect,
  url: string,
  { rooms, warn }: { rooms: readonly StoreRoom[]; warn: (message: string) => void },
): Promise<Engine> {
  const client = createClient(dialect, url, rooms)
  try {
    await client.prepare()
    await warnOfPowerCuts(dialect, client, warn)
  } catch (error) {
    const fault = dialect.faultOf(error)
    if (fault === 'lost' || fault === 'storage') {
      warn(`${dialect.product} is not there yet; it is tried again with each request`)
    } else {
      await client.close()
      const isForOperators =
        error instanceof SchemaTooNewError || error instanceof UnfinishedMoveError
      throw fault === 'setup' || isForOperators ? toConfigError(dialect, error) : error
    }
  }
  return toEngine(dialect, client)
}
