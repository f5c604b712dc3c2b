/** Opens a database server as an engine of the store, for several processes. */
import { ConfigError } from '../../config'
import type { Engine } from '../engine'
import { SchemaTooNewError, UnfinishedMoveError } from '../schema/migrations'
import type { FeatureStorage } from '../feature-storage'
import type { SqlDialect } from './dialect'
import { refusalOf } from './classify-error'
import { createServerEngine } from './server-engine'
import type { ServerEngine } from './server-engine'

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
  return new ConfigError([`DATABASE_URL: ${refusalOf(dialect.product, error)}`])
}

/** Hides the driver's message, because it holds parts of the URL, such as the name of a missing file. */
function createEngine(
  dialect: SqlDialect,
  url: string,
  storages: readonly FeatureStorage[],
): ServerEngine {
  try {
    return createServerEngine(dialect, url, storages)
  } catch {
    throw new ConfigError([
      `DATABASE_URL: the driver of ${dialect.product} can't use it: check the options of the URL`,
    ])
  }
}

async function warnOfPowerCuts(
  dialect: SqlDialect,
  { sqlClient }: Engine,
  warn: (message: string) => void,
): Promise<void> {
  // An engine without this setting does not have the fault.
  const fault = await sqlClient.read((db) => dialect.findDurabilityFault(db)).catch(() => null)
  if (fault === null) return
  warn(`${dialect.product}: ${fault}, so a power cut there loses acknowledged writes`)
}

/**
 * An unavailable server, or a node without its cluster, is not a fault of the configuration. We
 * return the engine anyway: it answers STORAGE_UNAVAILABLE, and works once the server is available.
 */
export async function openServerEngine(
  dialect: SqlDialect,
  url: string,
  { storages, warn }: { storages: readonly FeatureStorage[]; warn: (message: string) => void },
): Promise<Engine> {
  const engine = createEngine(dialect, url, storages)
  try {
    await engine.prepare()
    await warnOfPowerCuts(dialect, engine, warn)
  } catch (error) {
    const kind = dialect.classifyError(error)
    if (kind === 'lost' || kind === 'storage') {
      warn(`${dialect.product} is not there yet; it is tried again with each request`)
    } else {
      await engine.close()
      const isForOperators =
        error instanceof SchemaTooNewError || error instanceof UnfinishedMoveError
      throw kind === 'setup' || isForOperators ? toConfigError(dialect, error) : error
    }
  }
  return engine
}
