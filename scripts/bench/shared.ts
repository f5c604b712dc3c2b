/**
 * `npm run bench -- --shared`: the cost of several processes compared with one process on SQLite,
 * measured in turns.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { createMysql, createPostgres, createSqlite } from './databases'
import type { BenchDatabase } from './databases'
import { load, logIn } from './load'
import { start } from './processes'
import { measure } from './rounds'
import type { Row, Running, Scenario } from './rounds'
import { oursOn } from './targets'

const UPSTREAM = join(__dirname, 'upstream.mjs')
const REDIS = process.env['BENCH_REDIS_URL'] ?? 'redis://127.0.0.1:6379'
const CONNECTIONS = 32
const WARM_UP_SECONDS = 3
export const ALONE = 'SQLite'

const scenarioOf = (kind: Scenario['kind']): Scenario => ({
  title: kind,
  kind,
  connections: CONNECTIONS,
  upstreamDelayMs: 0,
})

export interface SharedRow {
  name: string
  login: Row
  me: Row
}

/** Keys that no other program uses; they expire after ten minutes. */
function ownRedis(): string {
  const url = new URL(REDIS)
  url.searchParams.set('keyPrefix', `bench:${randomBytes(4).toString('hex')}:`)
  return url.href
}

interface Opened {
  running: Running[]
  databases: BenchDatabase[]
}

async function startAll(opened: Opened, dir: string, upstream: string): Promise<void> {
  const all = [
    [ALONE, () => createSqlite(join(dir, 'alone.db')), undefined],
    ['SQLite + Redis', () => createSqlite(join(dir, 'shared.db')), ownRedis()],
    ['PostgreSQL + Redis', createPostgres, ownRedis()],
    ['MySQL/MariaDB + Redis', createMysql, ownRedis()],
  ] as const
  for (const [name, create, redisUrl] of all) {
    const database = await create()
    opened.databases.push(database)
    const server = await start({ ...oursOn(upstream, database.url, redisUrl), name })
    opened.running.push({ name, kinds: ['login', 'me'], server, tokens: [] })
  }
}

/** Warm-up: after it, every user is known and the JIT has compiled the hot code. */
async function warmUp(running: readonly Running[]): Promise<void> {
  const burst = { connections: CONNECTIONS, seconds: WARM_UP_SECONDS }
  for (const { server } of running) {
    await load(server, { ...burst, kind: 'login' }, [])
    await load(server, { ...burst, kind: 'me' }, await logIn(server, CONNECTIONS))
  }
}

/** @param dir an empty folder. */
export async function measureShared(
  dir: string,
  size: { rounds: number; seconds: number },
  say: (text: string) => void,
): Promise<SharedRow[]> {
  const upstream = await start({ name: 'the stand-in for WeChat', args: [UPSTREAM], env: {} })
  const opened: Opened = { running: [], databases: [] }
  const { running, databases } = opened
  try {
    await startAll(opened, dir, upstream.url)
    say('warming up')
    await warmUp(running)
    const told = (name: string, round: number, perSecond: number) =>
      say(`round ${round} of ${size.rounds}: ${name} ${perSecond.toFixed(0)} per second`)
    const logins = await measure(scenarioOf('login'), running, size, told)
    for (const one of running) one.tokens = await logIn(one.server, CONNECTIONS)
    const mes = await measure(scenarioOf('me'), running, size, told)
    return logins.flatMap((login, index) => {
      const me = mes[index]
      return me === undefined ? [] : [{ name: login.name, login, me }]
    })
  } finally {
    await Promise.all(running.map(({ server }) => server.stop()))
    await upstream.stop()
    for (const database of databases) await database.remove()
  }
}
