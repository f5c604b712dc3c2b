/**
 * `npm run bench -- --engines`: the same users on SQLite, PostgreSQL and MySQL or MariaDB, at
 * several sizes. All databases are filled first and measured in turns, so that other load on the
 * machine affects all alike.
 */
import { join } from 'node:path'
import { createMysql, createPostgres, createSqlite } from './databases'
import type { BenchDatabase, Sizes } from './databases'
import { load, logIn } from './load'
import type { Outcome } from './load'
import { start } from './processes'
import type { Measured } from './processes'
import { median } from './rounds'
import { seed } from './seed'
import { oursOn } from './targets'

const UPSTREAM = join(__dirname, 'upstream.mjs')
const CONNECTIONS = 32
/** The first requests open the database connections. */
const SECONDS = 2
/** Reads rows that many logins will use, so that they are in memory. */
const WARM_UP_SECONDS = 5
const SAY_EVERY_USERS = 500_000

export interface EngineRow extends Sizes {
  engine: string
  users: number
  loginsPerSecond: number
  loginCpuUs: number | null
  mesPerSecond: number
  meCpuUs: number | null
}

interface Filled {
  database: BenchDatabase
  users: number
  sizes: Sizes
}

interface Running extends Filled {
  upstream: Measured
  server: Measured
  logins: Outcome[]
  mes: Outcome[]
}

const medianOf = (values: (number | null)[]): number | null =>
  values.includes(null) ? null : median(values.filter((value) => value !== null))

/** The server itself creates the tables. */
export async function makeTables(url: string): Promise<void> {
  await (await start(oursOn('http://127.0.0.1:9', url))).stop()
}

async function fill(
  database: BenchDatabase,
  users: number,
  say: (text: string) => void,
): Promise<Filled> {
  await makeTables(database.url)
  say(`filling ${database.name} with ${users.toLocaleString('en')} users`)
  await seed(database, users, (done) => {
    if (done % SAY_EVERY_USERS === 0) say(`${done.toLocaleString('en')} users`)
  })
  return { database, users, sizes: await database.sizes() }
}

async function startOne(filled: Filled): Promise<Running> {
  const upstream = await start({
    name: 'the stand-in for WeChat',
    args: [UPSTREAM],
    env: { USERS: String(filled.users) },
  })
  const server = await start(oursOn(upstream.url, filled.database.url))
  return { ...filled, upstream, server, logins: [], mes: [] }
}

async function measureByTurns(
  running: readonly Running[],
  rounds: number,
  say: (text: string) => void,
): Promise<void> {
  const burst = { connections: CONNECTIONS, seconds: SECONDS }
  for (const { server } of running) {
    await load(server, { ...burst, seconds: WARM_UP_SECONDS, kind: 'login' }, [])
  }
  for (let round = 1; round <= rounds; round++) {
    for (const { database, users, server, logins, mes } of running) {
      logins.push(await load(server, { ...burst, kind: 'login' }, []))
      const tokens = await logIn(server, CONNECTIONS)
      mes.push(await load(server, { ...burst, kind: 'me' }, tokens))
      say(`round ${round} of ${rounds}: ${database.name}, ${users.toLocaleString('en')} users`)
    }
  }
}

const toRow = ({ database, users, sizes, logins, mes }: Running): EngineRow => ({
  engine: database.name,
  users,
  loginsPerSecond: median(logins.map(({ perSecond }) => perSecond)),
  loginCpuUs: medianOf(logins.map(({ cpuUs }) => cpuUs)),
  mesPerSecond: median(mes.map(({ perSecond }) => perSecond)),
  meCpuUs: medianOf(mes.map(({ cpuUs }) => cpuUs)),
  ...sizes,
})

/** @param dir an empty folder. @param say prints progress: five million users take about twenty minutes. */
export async function measureEngines(
  dir: string,
  populations: readonly number[],
  rounds: number,
  say: (text: string) => void,
): Promise<EngineRow[]> {
  const databases: BenchDatabase[] = []
  const running: Running[] = []
  try {
    const filled: Filled[] = []
    for (const users of populations) {
      const create = [() => createSqlite(join(dir, `${users}.db`)), createPostgres, createMysql]
      for (const one of create) {
        const database = await one()
        databases.push(database)
        filled.push(await fill(database, users, say))
      }
    }
    for (const one of filled) running.push(await startOne(one))
    say(`measuring ${running.length} databases by turns`)
    await measureByTurns(running, rounds, say)
    return running.map(toRow)
  } finally {
    await Promise.all(running.flatMap(({ server, upstream }) => [server.stop(), upstream.stop()]))
    for (const database of databases) await database.remove()
  }
}
