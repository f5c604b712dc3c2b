/** PostgreSQL, and engines that are compatible with it: CockroachDB, YugabyteDB. */
import { PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql } from 'kysely'
import { Client, Pool, types } from 'pg'
import type { PoolClient, QueryResult } from 'pg'
import { codeOf, fieldOf } from '../../error-code'
import type { SqlDialect } from './dialect'
import type { SqlConnection, SqlPool } from './driver'
import { ConnectionError, classifyPostgresError } from './classify-error'
import { createLogin } from './postgres-login'

/** Also ends an attempt to connect that hangs; the store's own deadlines are shorter. */
const CONNECT_WITHIN_MS = 2000

/**
 * Sent once on each connection. The server cancels statements that nobody waits for any more, and
 * releases the locks of a frozen process. A role whose commits are asynchronous gets durable ones.
 */
const SET_UP = `SELECT set_config('statement_timeout', '2000', false),
  set_config('default_transaction_isolation', 'repeatable read', false),
  set_config('idle_in_transaction_session_timeout', '5000', false),
  set_config('synchronous_commit',
    CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'
      ELSE current_setting('synchronous_commit') END, false)`

const WITHOUT_TIME_LIMIT = ['SET LOCAL statement_timeout = 0']

const noConnection = (cause: unknown): ConnectionError =>
  new ConnectionError('the connection to PostgreSQL failed', { cause })

/** A prepared `SELECT *` fails after another process adds a column; a new connection works. */
const STALE_PLAN = '0A000'

/** The server's own errors have a severity; all others are failures of the connection. */
const asDriverError = (error: unknown): Error =>
  error instanceof Error && fieldOf(error, 'severity') !== undefined && codeOf(error) !== STALE_PLAN
    ? error
    : noConnection(error)

/** More than the SQL texts of this store, to which lists of different lengths add a few. */
const MAX_NAMES = 100
const names = new Map<string, string>()

/** The server plans a named statement once per connection, instead of each time. */
function findName(text: string): string | undefined {
  const known = names.get(text)
  if (known !== undefined || names.size >= MAX_NAMES) return known
  const name = `wl_${names.size}`
  names.set(text, name)
  return name
}

/** Connections that have their settings. pg-pool's `verify` would leak a connection whose caller timed out. */
const isSetUp = new WeakSet<PoolClient>()

function toSqlConnection(client: PoolClient): SqlConnection {
  return {
    async setUp() {
      if (isSetUp.has(client)) return
      await client.query(SET_UP).catch((error: unknown) => {
        throw asDriverError(error)
      })
      isSetUp.add(client)
    },
    async query(text, parameters) {
      const name = parameters.length === 0 ? undefined : findName(text)
      const result: QueryResult = await client
        .query({ text, values: [...parameters], ...(name !== undefined && { name }) })
        .catch((error: unknown) => {
          throw asDriverError(error)
        })
      return { rows: result.rows, affectedRows: result.rowCount ?? 0 }
    },
    release() {
      client.release()
    },
    destroy() {
      client.release(true)
    },
  }
}

function createPool(url: string, size: number): SqlPool {
  // Throws for a bad URL now; the pool would parse it only at the first connection.
  new Client(url)
  const pool = new Pool({
    connectionString: url,
    max: size,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    keepAlive: true,
    // BIGINT: instants and counts, all of them below 2^53.
    types: {
      getTypeParser: (oid, format) =>
        oid === types.builtins.INT8
          ? Number
          : (types.getTypeParser(oid, format) as (text: string) => unknown),
    },
  })
  // A broken connection fails at its next query, or has already left the pool. These events report
  // it again, idle or in use; without a listener they would end the process.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))

  return {
    async connect() {
      const client = await pool.connect().catch((error: unknown) => {
        throw noConnection(error)
      })
      return toSqlConnection(client)
    },
    end: () => pool.end(),
  }
}

export const postgres: SqlDialect = {
  product: 'PostgreSQL',
  kysely: {
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createIntrospector: (db) => new PostgresIntrospector(db),
  },
  begin: ({ isolationLevel = 'read committed' }) => [
    `start transaction isolation level ${isolationLevel} read write`,
  ],
  createPool,
  classifyError: classifyPostgresError,
  columnTypes: {
    engineName: 'postgres',
    id: 'TEXT',
    text: 'TEXT',
    bytes: 'BYTEA',
    integer: 'BIGINT',
    tableOptions: '',
    addColumn: 'ADD COLUMN IF NOT EXISTS',
  },
  withoutTimeLimit: WITHOUT_TIME_LIMIT,
  beforeMigration: [
    ...WITHOUT_TIME_LIMIT,
    "SELECT pg_advisory_xact_lock(hashtext('wechat_login_migration'))",
  ],
  afterMigration: [],
  createLogin,
  async findDurabilityFault(db) {
    const { rows } = await sql<{ fsync: string; full_page_writes: string }>`
      SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes
    `.execute(db)
    const off = Object.entries(rows[0] ?? {}).find(([, value]) => value === 'off')
    return off === undefined ? null : `${off[0]} is off`
  },
}
