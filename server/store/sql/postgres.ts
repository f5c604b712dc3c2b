/** PostgreSQL, and what speaks its language: CockroachDB, YugabyteDB. */
import { PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql } from 'kysely'
import { Client, Pool, types } from 'pg'
import type { PoolClient, QueryResult } from 'pg'
import type { SqlDialect } from './dialect'
import type { SqlClient, SqlPool } from './driver'
import { ConnectionFault, fieldOf, Overtaken } from './faults'
import type { Fault } from './faults'

/** Also ends an attempt to connect that hangs; the store's own deadlines are shorter. */
const CONNECT_WITHIN_MS = 2000

/**
 * Said once on each connection. The server itself ends what nobody waits for any more, and a process
 * that froze does not hold its locks; a role whose commits are asynchronous gets durable ones.
 */
const SET_UP = `SELECT set_config('statement_timeout', '2000', false),
  set_config('idle_in_transaction_session_timeout', '5000', false),
  set_config('synchronous_commit',
    CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'
      ELSE current_setting('synchronous_commit') END, false)`

const noConnection = (cause: unknown): ConnectionFault =>
  new ConnectionFault('the connection to PostgreSQL failed', { cause })

/** The server's own errors carry a severity; all others tell of the connection. */
const asFault = (error: unknown): Error =>
  error instanceof Error && fieldOf(error, 'severity') !== undefined ? error : noConnection(error)

/** More texts than this store has: lists of different lengths make a few more of them. */
const MAX_NAMES = 100
const names = new Map<string, string>()

/** The server plans a statement with a name once on each connection, instead of each time. */
function findName(text: string): string | undefined {
  const known = names.get(text)
  if (known !== undefined || names.size >= MAX_NAMES) return known
  const name = `wl_${names.size}`
  names.set(text, name)
  return name
}

function toSqlClient(client: PoolClient): SqlClient {
  return {
    async query(text, parameters) {
      const name = parameters.length === 0 ? undefined : findName(text)
      const result: QueryResult = await client
        .query({ text, values: [...parameters], ...(name !== undefined && { name }) })
        .catch((error: unknown) => {
          throw asFault(error)
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
  // Throws at once what the pool would throw at the first connection: it reads the URL only then.
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
  const isSetUp = new WeakSet<PoolClient>()
  // A connection that breaks says so to its next query, or is gone from the pool already. The events
  // say it once more, idle or in use, and would end the process if nobody heard them.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))

  return {
    async connect() {
      const client = await pool.connect().catch((error: unknown) => {
        throw noConnection(error)
      })
      if (isSetUp.has(client)) return toSqlClient(client)
      try {
        await client.query(SET_UP)
        isSetUp.add(client)
        return toSqlClient(client)
      } catch (error) {
        client.release(true)
        throw asFault(error)
      }
    },
    end: () => pool.end(),
  }
}

/** Serialisation, deadlock, and a user who was deleted while something of theirs was written. */
const CONFLICTS = new Set(['40001', '40P01', '23503'])
/** No such account, password, database or right. */
const SETUP = new Set(['28000', '28P01', '3D000', '42501'])
/**
 * 08 connection, 25006 read-only, 25P03 idle too long, 53 out of resources, 55 locked, 57 cancelled
 * or shutting down, 58 input and output, XX damaged.
 */
const STORAGE = /^(08|25006|25P0[234]|53|55|57|58|XX)/
/** The server closed the connection with it. */
const LOST = new Set(['57P01', '57P02', '57P03', '57P05', '25P03', '08006', '08003'])

/** @see https://www.postgresql.org/docs/current/errcodes-appendix.html */
function faultOf(error: unknown): Fault {
  if (error instanceof Overtaken) return 'conflict'
  const isConnecting = error instanceof ConnectionFault
  const said = isConnecting ? error.cause : error
  if (fieldOf(said, 'severity') === undefined) return isConnecting ? 'lost' : null
  const code = String(fieldOf(said, 'code'))
  if (CONFLICTS.has(code)) return 'conflict'
  if (SETUP.has(code)) return 'setup'
  if (LOST.has(code)) return 'lost'
  if (STORAGE.test(code)) return 'storage'
  // A server that takes no connection for another reason dislikes an option of the URL.
  return isConnecting ? 'setup' : null
}

export const postgres: SqlDialect = {
  product: 'PostgreSQL',
  kysely: {
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createIntrospector: (db) => new PostgresIntrospector(db),
  },
  begin: ({ isolationLevel = 'read committed', accessMode = 'read write' }) => [
    `start transaction isolation level ${isolationLevel} ${accessMode}`,
  ],
  createPool,
  faultOf,
  orUpdate: (insert, changes) =>
    insert.onConflict((conflict) => conflict.columns(['appid', 'openid']).doUpdateSet(changes)),
  words: {
    id: 'TEXT',
    text: 'TEXT',
    bytes: 'BYTEA',
    sequence: 'BIGINT GENERATED ALWAYS AS IDENTITY',
    tableOptions: '',
    beforeMigration: ['SET LOCAL statement_timeout = 0'],
    indexesStandInTables: false,
  },
  async findDurabilityFault(db) {
    const { rows } = await sql<{ fsync: string; full_page_writes: string }>`
      SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes
    `.execute(db)
    const off = Object.entries(rows[0] ?? {}).find(([, value]) => value === 'off')
    return off === undefined ? null : `${off[0]} is off`
  },
}
