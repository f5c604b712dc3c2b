/** MySQL and MariaDB, and what speaks their language: TiDB, OceanBase. */
import { MysqlAdapter, MysqlIntrospector, MysqlQueryCompiler, sql } from 'kysely'
import { createPool as createDriverPool } from 'mysql2/promise'
import type { PoolConnection, ExecuteValues } from 'mysql2/promise'
import type { SqlDialect } from './dialect'
import type { SqlAnswer, SqlClient, SqlPool } from './driver'
import { ConnectionFault, fieldOf, Overtaken } from './faults'
import type { Fault } from './faults'

const CONNECT_WITHIN_MS = 2000

/**
 * Said once on each connection. READ COMMITTED keeps the first logins of many people from locking
 * each other's gaps; without the strict mode a text that is too long would be cut in silence.
 */
const SET_UP = [
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  `SET SESSION innodb_lock_wait_timeout = 1, lock_wait_timeout = 2,
     sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')`,
]

/** From this number on an error comes from the client's own library. */
const FIRST_CLIENT_ERRNO = 2000
const LAST_CLIENT_ERRNO = 2999

function isServerError(error: unknown): error is Error {
  const errno = fieldOf(error, 'errno')
  if (typeof errno !== 'number' || errno < 1000 || fieldOf(error, 'fatal') === true) return false
  return errno < FIRST_CLIENT_ERRNO || errno > LAST_CLIENT_ERRNO
}

function asFault(error: unknown): Error {
  if (isServerError(error)) return error
  return new ConnectionFault('the connection to MySQL failed', { cause: error })
}

function toAnswer(result: unknown): SqlAnswer {
  if (Array.isArray(result)) return { rows: result, affectedRows: 0 }
  return { rows: [], affectedRows: (result as { affectedRows: number }).affectedRows }
}

/** Parameters go apart from the statement, prepared on the server; mysql2's `query` would write them into it. */
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
    throw asFault(error)
  }
}

const toSqlClient = (connection: PoolConnection): SqlClient => ({
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
    charset: 'utf8mb4_bin',
  })
  const isSetUp = new WeakSet<object>()

  return {
    async connect() {
      const connection = await pool.getConnection().catch((error: unknown) => {
        throw asFault(error)
      })
      if (isSetUp.has(connection.connection)) return toSqlClient(connection)
      try {
        for (const statement of SET_UP) await run(connection, statement, [])
        isSetUp.add(connection.connection)
        return toSqlClient(connection)
      } catch (error) {
        connection.destroy()
        throw error
      }
    },
    end: () => pool.end(),
  }
}

/**
 * Deadlock; MariaDB's "changed since last read"; TiDB's write conflict; a user who was deleted while
 * something of theirs was written.
 */
const CONFLICTS = new Set([1213, 1020, 9007, 1216, 1452])
/** No such account, right or database. */
const SETUP = new Set([1044, 1045, 1046, 1049, 1142, 1227, 1251, 1698])
/**
 * Disk full, out of memory, too many connections, locked, table full, read-only, interrupted, timed
 * out, input and output, shutting down.
 */
const STORAGE = new Set([
  1021, 1026, 1030, 1037, 1038, 1040, 1041, 1053, 1077, 1114, 1203, 1205, 1290, 1317, 1792, 1836,
  1969, 3024, 3100,
])
/** The server closes the connection with it. */
const LOST = new Set([1079, 1152, 1158, 1159, 1160, 1161, 1184, 1927, 4031])

/** @see https://mariadb.com/kb/en/mariadb-error-code-reference/ */
function faultOf(error: unknown): Fault {
  if (error instanceof Overtaken) return 'conflict'
  if (error instanceof ConnectionFault) {
    // A refused account comes as a fatal error of the connection.
    const errno = fieldOf(error.cause, 'errno')
    return typeof errno === 'number' && SETUP.has(errno) ? 'setup' : 'lost'
  }
  const errno = fieldOf(error, 'errno')
  if (typeof errno !== 'number') return null
  if (CONFLICTS.has(errno)) return 'conflict'
  if (SETUP.has(errno)) return 'setup'
  if (LOST.has(errno)) return 'lost'
  return STORAGE.has(errno) ? 'storage' : null
}

export const mysql: SqlDialect = {
  product: 'MySQL',
  kysely: {
    createAdapter: () => new MysqlAdapter(),
    createQueryCompiler: () => new MysqlQueryCompiler(),
    createIntrospector: (db) => new MysqlIntrospector(db),
  },
  begin: ({ isolationLevel, accessMode = 'read write' }) => [
    ...(isolationLevel === undefined ? [] : [`set transaction isolation level ${isolationLevel}`]),
    `start transaction ${accessMode}`,
  ],
  createPool,
  faultOf,
  orUpdate: (insert, changes) => insert.onDuplicateKeyUpdate(changes),
  words: {
    id: 'VARCHAR(128)',
    text: 'TEXT',
    bytes: 'MEDIUMBLOB',
    sequence: 'BIGINT NOT NULL AUTO_INCREMENT UNIQUE',
    tableOptions: 'ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
    beforeMigration: [],
    indexesStandInTables: true,
  },
  async findDurabilityFault(db) {
    const { rows } = await sql<{ flushes: number | string }>`
      SELECT @@GLOBAL.innodb_flush_log_at_trx_commit AS flushes`.execute(db)
    const flushes = rows[0]?.flushes ?? 1
    return Number(flushes) === 1 ? null : `innodb_flush_log_at_trx_commit is ${flushes}, not 1`
  },
}
