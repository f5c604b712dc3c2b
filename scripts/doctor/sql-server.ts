/** Checks that PostgreSQL, MySQL and Redis answer and can be written. Their error texts are never shown. */
import { codeOf } from '../lib/user-error'
import { fail, ok } from './finding'
import type { Finding } from './finding'

const CONNECT_WITHIN_MS = 3000

interface SqlVerdict {
  finding: Finding
  /** null when it could not be asked. */
  migrations: number | null
}

interface Asked {
  isReadOnly: boolean
  migrations: number
}

const ENCODE = 'In a URL a % of the password is written %25.'
/** By code of PostgreSQL, MySQL or the network. */
const CURES: readonly (readonly [RegExp, string])[] = [
  [/^(28P01|28000|ER_ACCESS_DENIED_\w+)$/, 'Correct user and password in DATABASE_URL.'],
  [/^(3D000|ER_BAD_DB_ERROR)$/, 'Make the database first: CREATE DATABASE …'],
  [/^(42501|ER_(DB|TABLE)ACCESS_DENIED_ERROR)$/, 'Give the user all rights in the database.'],
  [/^MODULE_NOT_FOUND$/, 'Install the optional packages: npm ci'],
  [/^ENOTFOUND$/, 'Correct the host in DATABASE_URL.'],
  [/^a bare %/, ENCODE],
]
const AWAY = 'Start the server, and check host, port and firewall.'

/** The driver throws URIError for a % in the URL that encodes nothing. */
function reasonOf(error: unknown): string {
  return error instanceof URIError ? 'a bare % in the URL' : codeOf(error) || 'no answer in time'
}

async function askPostgres(connectionString: string): Promise<Asked> {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: CONNECT_WITHIN_MS })
  await client.connect()
  try {
    const { rows: modes } = await client.query<{ transaction_read_only: string }>(
      'SHOW transaction_read_only',
    )
    const { rows: tables } = await client.query<{ name: string | null }>(
      "SELECT to_regclass('schema_migrations')::text AS name",
    )
    const hasTable = (tables[0]?.name ?? null) !== null
    const count = `SELECT count(*)::int AS n FROM schema_migrations WHERE name NOT LIKE '%/%'`
    const { rows } = hasTable ? await client.query<{ n: number }>(count) : { rows: [{ n: 0 }] }
    return {
      isReadOnly: modes[0]?.transaction_read_only === 'on',
      migrations: rows[0]?.n ?? 0,
    }
  } finally {
    await client.end()
  }
}

/** A count comes as a number or, beyond 2^53, as text. */
interface MysqlRow {
  n: number | string
}

async function askMysql(uri: string): Promise<Asked> {
  const { createConnection } = await import('mysql2/promise')
  const connection = await createConnection({ uri, connectTimeout: CONNECT_WITHIN_MS })
  const ask = async (sql: string): Promise<number> => {
    const [rows] = await connection.query(sql)
    return Number((rows as MysqlRow[])[0]?.n ?? 0)
  }
  try {
    const isReadOnly = (await ask('SELECT @@global.read_only AS n')) !== 0
    const tables = await ask(
      `SELECT count(*) AS n FROM information_schema.tables
       WHERE table_schema = database() AND table_name = 'schema_migrations'`,
    )
    const migrations =
      tables === 0
        ? 0
        : await ask(`SELECT count(*) AS n FROM schema_migrations WHERE name NOT LIKE '%/%'`)
    return { isReadOnly, migrations }
  } finally {
    await connection.end()
  }
}

/** @param url `postgres://…`, `postgresql://…` or `mysql://…` */
export async function checkSqlServer(url: string): Promise<SqlVerdict> {
  const isPostgres = /^postgres(ql)?:/.test(url)
  const product = isPostgres ? 'PostgreSQL' : 'MySQL'
  try {
    const { isReadOnly, migrations } = await (isPostgres ? askPostgres(url) : askMysql(url))
    const cure = 'Let DATABASE_URL name the primary server, not a replica.'
    const finding = isReadOnly
      ? fail('database', `${product} is read-only`, cure)
      : ok('database', `${product} answers and can be written`)
    return { finding, migrations }
  } catch (error) {
    const code = reasonOf(error)
    const cure = CURES.find(([pattern]) => pattern.test(code))?.[1] ?? AWAY
    return {
      finding: fail('database', `${product} can't be used (${code})`, cure),
      migrations: null,
    }
  }
}

async function ping(url: string, db: number): Promise<void> {
  const { Redis } = await import('ioredis')
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_WITHIN_MS,
    commandTimeout: CONNECT_WITHIN_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  const faults: unknown[] = []
  client.on('error', (error: unknown) => faults.push(error))
  try {
    await client.connect()
    await client.ping()
    // ioredis stays in database 0 silently when Redis refuses the number: select it explicitly.
    if (db !== 0) await client.select(db)
  } catch (error) {
    throw faults[0] ?? error
  } finally {
    client.disconnect()
  }
}

/** What Redis answers, what it means and what to do. */
const REFUSALS: readonly (readonly [RegExp, what: string, cure: string])[] = [
  [/WRONGPASS|NOAUTH|NOPERM|ERR AUTH/, 'refused', 'Correct user and password in REDIS_URL.'],
  [/DB index/, 'no such database', 'Correct the number at the end of REDIS_URL.'],
]

/** @param url '' when the server uses none. */
export async function checkRedis(url: string): Promise<Finding[]> {
  if (url === '') return []
  const db = URL.canParse(url) ? Number(new URL(url).pathname.slice(1)) : NaN
  if (!Number.isInteger(db) || db < 0) {
    const cure = 'Write it as redis://host:6379, with /1 behind it for another database.'
    return [fail('Redis', 'REDIS_URL names no server, or a database that is no number', cure)]
  }
  try {
    await ping(url, db)
    return [ok('Redis', 'answers')]
  } catch (error) {
    const said = error instanceof Error ? error.message : ''
    const away = [/^/, reasonOf(error), error instanceof URIError ? ENCODE : AWAY] as const
    const [, what, cure] = REFUSALS.find(([pattern]) => pattern.test(said)) ?? away
    return [fail('Redis', `can't be used (${what})`, cure)]
  }
}
