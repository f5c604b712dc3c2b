/**
 * `npm run bench -- --engines`: the same people on SQLite, PostgreSQL and MySQL or MariaDB, at several
 * sizes. The servers are filled by the move that operators use; their databases are dropped afterwards.
 */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import Database from 'better-sqlite3'
import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'
import { load, logIn } from './load'
import { start } from './processes'
import { median } from './rounds'
import { seed } from './seed'
import { ours } from './targets'

const run = promisify(execFile)
const MOVE = join(__dirname, '../../dist/server/migrate.js')
const UPSTREAM = join(__dirname, 'upstream.mjs')
const CONNECTIONS = 32
/** Connections to a database are opened by the first requests. */
const SECONDS = 2
const MIB = 2 ** 20
const POSTGRES = process.env['BENCH_POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres'
const MYSQL = process.env['BENCH_MYSQL_URL'] ?? 'mysql://root@127.0.0.1:3306/mysql'

interface Sizes {
  tablesMb: number
  indexesMb: number
}

interface Filled {
  name: string
  url: string
  sizes(): Promise<Sizes>
  remove(): Promise<void>
}

export interface EngineRow extends Sizes {
  engine: string
  users: number
  loginsPerSecond: number
  loginCpuUs: number | null
  mesPerSecond: number
  meCpuUs: number | null
}

function within(server: string, database: string): string {
  const url = new URL(server)
  url.pathname = `/${database}`
  return url.href
}

const fill = (file: string, url: string) =>
  run(process.execPath, [MOVE, '--from', `file:${file}`, '--to', url])

function onSqlite(file: string): Promise<Filled> {
  const sum = (db: Database.Database, type: string): number =>
    db
      .prepare<[string], number>(
        `SELECT coalesce(sum(pgsize), 0) FROM dbstat
         WHERE name IN (SELECT name FROM sqlite_schema WHERE type = ?)`,
      )
      .pluck()
      .get(type) ?? 0
  return Promise.resolve({
    name: 'SQLite',
    url: `file:${file}`,
    sizes() {
      const db = new Database(file, { readonly: true })
      const sizes = { tablesMb: sum(db, 'table') / MIB, indexesMb: sum(db, 'index') / MIB }
      db.close()
      return Promise.resolve(sizes)
    },
    remove: () => Promise.resolve(),
  })
}

async function onPostgres(file: string, database: string): Promise<Filled> {
  const ask = async (url: string, sql: string): Promise<Record<string, unknown>[]> => {
    const client = new Client(url)
    await client.connect()
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows
    } finally {
      await client.end()
    }
  }
  const url = within(POSTGRES, database)
  await ask(POSTGRES, `CREATE DATABASE ${database}`)
  await fill(file, url)
  await ask(url, 'VACUUM ANALYZE')
  return {
    name: 'PostgreSQL',
    url,
    async sizes() {
      const [row = {}] = await ask(
        url,
        `SELECT sum(pg_table_size(oid)) AS tables, sum(pg_indexes_size(oid)) AS indexes
         FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
      )
      return {
        tablesMb: Number(row['tables']) / MIB,
        indexesMb: Number(row['indexes']) / MIB,
      }
    },
    async remove() {
      await ask(POSTGRES, `DROP DATABASE ${database} WITH (FORCE)`)
    },
  }
}

async function onMysql(file: string, database: string): Promise<Filled> {
  const ask = async (sql: string): Promise<Record<string, unknown>[]> => {
    const connection = await createConnection(MYSQL)
    try {
      const [rows] = await connection.query(sql)
      return rows as Record<string, unknown>[]
    } finally {
      await connection.end()
    }
  }
  const url = within(MYSQL, database)
  await ask(`CREATE DATABASE ${database}`)
  await fill(file, url)
  const tables = ['users', 'identities', 'sessions'].map((table) => `${database}.${table}`)
  await ask(`ANALYZE TABLE ${tables.join(', ')}`)
  return {
    name: 'MySQL/MariaDB',
    url,
    async sizes() {
      const [row = {}] = await ask(
        `SELECT sum(data_length) AS tables, sum(index_length) AS indexes
         FROM information_schema.tables WHERE table_schema = '${database}'`,
      )
      return {
        tablesMb: Number(row['tables']) / MIB,
        indexesMb: Number(row['indexes']) / MIB,
      }
    },
    async remove() {
      await ask(`DROP DATABASE ${database}`)
    },
  }
}

const medianOf = (values: (number | null)[]): number | null =>
  values.includes(null) ? null : median(values.filter((value) => value !== null))

async function measureOne(filled: Filled, users: number, rounds: number): Promise<EngineRow> {
  const upstream = await start({
    name: 'the stand-in for WeChat',
    args: [UPSTREAM],
    env: { USERS: String(users) },
  })
  const target = ours(upstream.url, '')
  const server = await start({ ...target, env: { ...target.env, DATABASE_URL: filled.url } })
  const burst = { connections: CONNECTIONS, seconds: SECONDS }
  try {
    await load(server, { ...burst, kind: 'login' }, [])
    const logins = []
    const mes = []
    for (let round = 0; round < rounds; round++) {
      logins.push(await load(server, { ...burst, kind: 'login' }, []))
      const tokens = await logIn(server, CONNECTIONS)
      mes.push(await load(server, { ...burst, kind: 'me' }, tokens))
    }
    return {
      engine: filled.name,
      users,
      loginsPerSecond: median(logins.map(({ perSecond }) => perSecond)),
      loginCpuUs: medianOf(logins.map(({ cpuUs }) => cpuUs)),
      mesPerSecond: median(mes.map(({ perSecond }) => perSecond)),
      meCpuUs: medianOf(mes.map(({ cpuUs }) => cpuUs)),
      ...(await filled.sizes()),
    }
  } finally {
    await server.stop()
    await upstream.stop()
  }
}

/** @param dir an empty folder. @param say prints progress: five million users take an hour. */
export async function measureEngines(
  dir: string,
  populations: readonly number[],
  rounds: number,
  say: (text: string) => void,
): Promise<EngineRow[]> {
  const rows: EngineRow[] = []
  for (const users of populations) {
    const file = join(dir, `${users}.db`)
    // The server itself makes the tables.
    await (await start(ours('http://127.0.0.1:9', file))).stop()
    seed(file, users, (done) => say(`${done.toLocaleString('en')} users`))
    for (const open of [onPostgres, onMysql, onSqlite]) {
      const filled = await open(file, `bench_${randomBytes(4).toString('hex')}`)
      say(`measuring ${filled.name} with ${users.toLocaleString('en')} users`)
      try {
        rows.push(await measureOne(filled, users, rounds))
      } finally {
        await filled.remove()
      }
    }
  }
  return rows
}
