/** Checks that PostgreSQL and MySQL answer and can be written. Their error texts are never shown. */
import { AWAY, ENCODE, reasonOf } from './away'
import { fail, ok } from './finding'
import type { Finding } from './finding'

const CONNECT_WITHIN_MS = 3000

interface SqlVerdict {
  finding: Finding
  /** null when it could not be queried. */
  migrations: number | null
}

interface Asked {
  isReadOnly: boolean
  migrations: number
}

/** By code of PostgreSQL, MySQL or the network. */
const CURES: readonly (readonly [RegExp, string])[] = [
  [/^(28P01|28000|ER_ACCESS_DENIED_\w+)$/, 'Correct user and password in DATABASE_URL.'],
  [/^(3D000|ER_BAD_DB_ERROR)$/, 'Make the database first: CREATE DATABASE …'],
  [/^(42501|ER_(DB|TABLE)ACCESS_DENIED_ERROR)$/, 'Give the user all rights in the database.'],
  [/^MODULE_NOT_FOUND$/, 'Install the optional packages: npm ci'],
  [/^ENOTFOUND$/, 'Correct the host in DATABASE_URL.'],
  [/^a bare %/, ENCODE],
]

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

/** A count arrives as a number or, above 2^53, as text. */
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
