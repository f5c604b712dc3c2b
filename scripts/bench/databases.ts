/** Creates a temporary database on SQLite, PostgreSQL or MySQL for one benchmark, and drops it afterwards. */
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import Database from 'better-sqlite3'
import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'

const MIB = 2 ** 20
const POSTGRES = process.env['BENCH_POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres'
const MYSQL = process.env['BENCH_MYSQL_URL'] ?? 'mysql://root@127.0.0.1:3306/mysql'

export interface Sizes {
  tablesMb: number
  indexesMb: number
}

type Row = Record<string, unknown>

export interface BenchDatabase {
  name: string
  /** The value for DATABASE_URL. */
  url: string
  run(sql: string): Promise<Row[]>
  /** Updates the planner's statistics after a bulk insert. */
  analyze(): Promise<void>
  sizes(): Promise<Sizes>
  remove(): Promise<void>
}

function within(server: string, database: string): string {
  const url = new URL(server)
  url.pathname = `/${database}`
  return url.href
}

const newName = (): string => `bench_${randomBytes(4).toString('hex')}`

const toSizes = (row: Row = {}): Sizes => ({
  tablesMb: Number(row['tables']) / MIB,
  indexesMb: Number(row['indexes']) / MIB,
})

/** @param file is created on first open. */
export function createSqlite(file: string): Promise<BenchDatabase> {
  const use = <T>(work: (db: Database.Database) => T): Promise<T> => {
    const db = new Database(file)
    try {
      // The benchmark's database is temporary: while it is filled, it need not survive a power cut.
      db.pragma('synchronous = OFF')
      return Promise.resolve(work(db))
    } finally {
      db.close()
    }
  }
  const sizeOf = (type: string) =>
    `(SELECT coalesce(sum(pgsize), 0) FROM dbstat
      WHERE name IN (SELECT name FROM sqlite_schema WHERE type = '${type}'))`
  return Promise.resolve({
    name: 'SQLite',
    url: `file:${file}`,
    run: (sql) =>
      use((db) => {
        const statement = db.prepare<[], Row>(sql)
        if (statement.reader) return statement.all()
        statement.run()
        return []
      }),
    analyze: () => use((db) => void db.pragma('wal_checkpoint(TRUNCATE)')),
    sizes: () =>
      use((db) =>
        toSizes(
          db
            .prepare<[], Row>(`SELECT ${sizeOf('table')} AS tables, ${sizeOf('index')} AS indexes`)
            .get(),
        ),
      ),
    remove() {
      for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true })
      return Promise.resolve()
    },
  })
}

export async function createPostgres(): Promise<BenchDatabase> {
  const database = newName()
  const url = within(POSTGRES, database)
  const ask = async (at: string, sql: string): Promise<Row[]> => {
    const client = new Client(at)
    await client.connect()
    try {
      return (await client.query<Row>(sql)).rows
    } finally {
      await client.end()
    }
  }
  await ask(POSTGRES, `CREATE DATABASE ${database}`)
  return {
    name: 'PostgreSQL',
    url,
    run: (sql) => ask(url, sql),
    async analyze() {
      await ask(url, 'VACUUM ANALYZE')
    },
    async sizes() {
      const [row] = await ask(
        url,
        `SELECT sum(pg_table_size(oid)) AS tables, sum(pg_indexes_size(oid)) AS indexes
         FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
      )
      return toSizes(row)
    },
    async remove() {
      await ask(POSTGRES, `DROP DATABASE ${database} WITH (FORCE)`)
    },
  }
}

export async function createMysql(): Promise<BenchDatabase> {
  const database = newName()
  const ask = async (at: string, sql: string): Promise<Row[]> => {
    const connection = await createConnection(at)
    try {
      const [rows] = await connection.query(sql)
      return rows as Row[]
    } finally {
      await connection.end()
    }
  }
  await ask(MYSQL, `CREATE DATABASE ${database}`)
  const url = within(MYSQL, database)
  return {
    name: 'MySQL/MariaDB',
    url,
    run: (sql) => ask(url, sql),
    async analyze() {
      await ask(url, 'ANALYZE TABLE users, identities, sessions')
    },
    async sizes() {
      const [row] = await ask(
        MYSQL,
        `SELECT sum(data_length) AS tables, sum(index_length) AS indexes
         FROM information_schema.tables WHERE table_schema = '${database}'`,
      )
      return toSizes(row)
    },
    async remove() {
      await ask(MYSQL, `DROP DATABASE ${database}`)
    },
  }
}
