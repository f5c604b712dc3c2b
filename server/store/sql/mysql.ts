/** MySQL and MariaDB, and engines that are compatible with them: TiDB, OceanBase. */
import { MysqlAdapter, MysqlIntrospector, MysqlQueryCompiler, sql } from 'kysely'
import { createPool as createDriverPool } from 'mysql2/promise'
import type { PoolConnection, ExecuteValues } from 'mysql2/promise'
import { fieldOf } from '../../error-code'
import type { SqlDialect } from './dialect'
import type { SqlAnswer, SqlConnection, SqlPool } from './driver'
import { ConnectionError, classifyMysqlError } from './classify-error'
import { createLogin } from './mysql-login'

const CONNECT_WITHIN_MS = 2000
/** More than the SQL texts of this store that are sent often. */
const MAX_PREPARED = 100

/**
 * Sent once on each connection. READ COMMITTED prevents gap locks between the first logins of many
 * people. Without strict mode MySQL would silently cut a text that is too long.
 */
const SET_ISOLATION = 'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED'
const SET_LIMITS = `SET SESSION innodb_lock_wait_timeout = 1, lock_wait_timeout = 2,
  sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')`

/**
 * Galera: a read waits for writes that other nodes acknowledged; otherwise an ended session could
 * still be found. Servers without this variable do not need it.
 */
const SYNC_READS = 'wsrep_sync_wait = 7'
const UNKNOWN_VARIABLE = 1193

/** Errors from here to LAST_CLIENT_ERRNO come from the client library. */
const FIRST_CLIENT_ERRNO = 2000
const LAST_CLIENT_ERRNO = 2999

function isServerError(error: unknown): error is Error {
  const errno = fieldOf(error, 'errno')
  if (typeof errno !== 'number' || errno < 1000 || fieldOf(error, 'fatal') === true) return false
  return errno < FIRST_CLIENT_ERRNO || errno > LAST_CLIENT_ERRNO
}

function asDriverError(error: unknown): Error {
  if (isServerError(error)) return error
  return new ConnectionError('the connection to MySQL failed', { cause: error })
}

function toAnswer(result: unknown): SqlAnswer {
  if (Array.isArray(result)) return { rows: result, affectedRows: 0 }
  return { rows: [], affectedRows: (result as { affectedRows: number }).affectedRows }
}

/** Sends parameters separately, in a prepared statement; mysql2's `query` would insert them into its text. */
async function run(
  connection: PoolConnection,
  text: string,
  parameters: readonly unknown[],
): Promise<SqlAnswer> {
  try {
    const [result] = await (parameters.length === 0
      ? connection.query(text)
      : connection.execute(text, parameters as ExecuteValues[]))
    return toAnswer(result)
  } catch (error) {
    throw asDriverError(error)
  }
}

/** Connections that have their settings. */
const isSetUp = new WeakSet<object>()

async function setUp(connection: PoolConnection): Promise<void> {
  if (isSetUp.has(connection.connection)) return
  await run(connection, SET_ISOLATION, [])
  await run(connection, `${SET_LIMITS}, ${SYNC_READS}`, []).catch((error: unknown) => {
    if (fieldOf(error, 'errno') !== UNKNOWN_VARIABLE) throw error
    return run(connection, SET_LIMITS, [])
  })
  isSetUp.add(connection.connection)
}

const toSqlConnection = (connection: PoolConnection): SqlConnection => ({
  setUp: () => setUp(connection),
  query: (text, parameters) => run(connection, text, parameters),
  release() {
    connection.release()
  },
  destroy() {
    connection.destroy()
  },
})

function createPool(url: string, size: number): SqlPool {
  const pool = createDriverPool({
    uri: url,
    connectionLimit: size,
    connectTimeout: CONNECT_WITHIN_MS,
    enableKeepAlive: true,
    // Of 16,382 that a server prepares for all its clients.
    maxPreparedStatements: MAX_PREPARED,
    charset: 'utf8mb4_bin',
  })
  return {
    async connect() {
      const connection = await pool.getConnection().catch((error: unknown) => {
        throw asDriverError(error)
      })
      return toSqlConnection(connection)
    },
    end: () => pool.end(),
  }
}

export const mysql: SqlDialect = {
  product: 'MySQL',
  kysely: {
    createAdapter: () => new MysqlAdapter(),
    createQueryCompiler: () => new MysqlQueryCompiler(),
    createIntrospector: (db) => new MysqlIntrospector(db),
  },
  begin: ({ isolationLevel }) => [
    ...(isolationLevel === undefined ? [] : [`set transaction isolation level ${isolationLevel}`]),
    'start transaction read write',
  ],
  createPool,
  classifyError: classifyMysqlError,
  columnTypes: {
    engineName: 'mysql',
    id: 'VARCHAR(128)',
    text: 'TEXT',
    bytes: 'MEDIUMBLOB',
    integer: 'BIGINT',
    tableOptions: 'ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
    addColumn: 'ADD COLUMN',
  },
  withoutTimeLimit: [],
  // The lock belongs to the connection, so it survives the commit of each schema statement.
  beforeMigration: ["SELECT GET_LOCK('wechat_login_migration', 30)"],
  afterMigration: ["SELECT RELEASE_LOCK('wechat_login_migration')"],
  createLogin,
  async findDurabilityFault(db) {
    const { rows } = await sql<{ flushes: number | string }>`
      SELECT @@GLOBAL.innodb_flush_log_at_trx_commit AS flushes`.execute(db)
    const flushes = rows[0]?.flushes ?? 1
    return Number(flushes) === 1 ? null : `innodb_flush_log_at_trx_commit is ${flushes}, not 1`
  },
}
