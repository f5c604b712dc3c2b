/** `npm run bench -- --engines`: the same people on SQLite, PostgreSQL and MySQL or MariaDB, at several sizes. */
import { join } from 'node:path'
import { createMysql, createPostgres, createSqlite } from './databases'
import type { BenchDatabase, Sizes } from './databases'
import { load, logIn } from './load'
import { start } from './processes'
import { median } from './rounds'
import { seed } from './seed'
import { oursOn } from './targets'

const UPSTREAM = join(__dirname, 'upstream.mjs')
const CONNECTIONS = 32
/** Connections to a database are opened by the first requests. */
const SECONDS = 2
/** So that the ones that many logins will touch are in memory. */
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

const medianOf = (values: (number | null)[]): number | null =>
  values.includes(null) ? null : median(values.filter((value) => value !== null))

async function measureOne(
  database: BenchDatabase,
  users: number,
  rounds: number,
): Promise<EngineRow> {
  const sizes = await database.sizes()
  const upstream = await start({
    name: 'the stand-in for WeChat',
    args: [UPSTREAM],
    env: { USERS: String(users) },
  })
  const server = await start(oursOn(upstream.url, database.url))
  const burst = { connections: CONNECTIONS, seconds: SECONDS }
  try {
    await load(server, { ...burst, seconds: WARM_UP_SECONDS, kind: 'login' }, [])
    const logins = []
    const mes = []
    for (let round = 0; round < rounds; round++) {
      logins.push(await load(server, { ...burst, kind: 'login' }, []))
      const tokens = await logIn(server, CONNECTIONS)
      mes.push(await load(server, { ...burst, kind: 'me' }, tokens))
    }
    return {
      engine: database.name,
      users,
      loginsPerSecond: median(logins.map(({ perSecond }) => perSecond)),
      loginCpuUs: medianOf(logins.map(({ cpuUs }) => cpuUs)),
      mesPerSecond: median(mes.map(({ perSecond }) => perSecond)),
      meCpuUs: medianOf(mes.map(({ cpuUs }) => cpuUs)),
      ...sizes,
    }
  } finally {
    await server.stop()
    await upstream.stop()
  }
}

/** The server itself makes the tables. */
export async function makeTables(url: string): Promise<void> {
  await (await start(oursOn('http://127.0.0.1:9', url))).stop()
}

/**
 * @param dir an empty folder. @param say prints progress: five million users take an hour.
 * @param onRow is given each row as it comes, so that a run that is broken off has not been for nothing.
 */
export async function measureEngines(
  dir: string,
  populations: readonly number[],
  rounds: number,
  say: (text: string) => void,
  onRow: (rows: readonly EngineRow[]) => Promise<void>,
): Promise<void> {
  const rows: EngineRow[] = []
  for (const users of populations) {
    const many = users.toLocaleString('en')
    const create = [() => createSqlite(join(dir, `${users}.db`)), createPostgres, createMysql]
    for (const one of create) {
      const database = await one()
      try {
        await makeTables(database.url)
        say(`filling ${database.name} with ${many} users`)
        await seed(database, users, (done) => {
          if (done % SAY_EVERY_USERS === 0) say(`${done.toLocaleString('en')} users`)
        })
        say(`measuring ${database.name} with ${many} users`)
        rows.push(await measureOne(database, users, rounds))
      } finally {
        await database.remove()
      }
      await onRow(rows)
    }
  }
}
