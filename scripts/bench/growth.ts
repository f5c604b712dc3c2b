/**
 * Measures how the size of the database affects the CPU time of a login and of GET /v1/me, and the
 * start-up time.
 */
import { join } from 'node:path'
import { createSqlite } from './databases'
import { makeTables } from './engines'
import { load, logIn } from './load'
import { start } from './processes'
import type { Measured } from './processes'
import { median } from './rounds'
import { seed } from './seed'
import { timeToReady } from './start-time'
import { ours, staticFloor } from './targets'

const UPSTREAM = join(__dirname, 'upstream.mjs')
const CONNECTIONS = 32

export interface Population {
  users: number
  loginCpuUs: number | null
  meCpuUs: number | null
  /** Median start-up time relative to a bare server's, measured in turns. */
  readyShare: number
  readyMs: number
}

interface Size {
  rounds: number
  seconds: number
  startRounds: number
}

/** The medians of both servers, started in turns. */
export async function compareStarts(
  databaseFile: string,
  rounds: number,
): Promise<{ oursMs: number; bareMs: number }> {
  const target = ours('http://127.0.0.1:9', databaseFile)
  const times = { ours: [] as number[], bare: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    times.bare.push(await timeToReady(staticFloor, '/'))
    times.ours.push(await timeToReady(target, '/readyz'))
  }
  return { oursMs: median(times.ours), bareMs: median(times.bare) }
}

const medianOrNull = (values: (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null)
  return known.length === values.length ? median(known) : null
}

interface Grown {
  users: number
  upstream: Measured
  server: Measured
  loginCpuUs: (number | null)[]
  meCpuUs: (number | null)[]
}

async function startOne(users: number, file: string): Promise<Grown> {
  const upstream = await start({
    name: 'the stand-in for WeChat',
    args: [UPSTREAM],
    env: { USERS: String(users) },
  })
  const server = await start(ours(upstream.url, file))
  return { users, upstream, server, loginCpuUs: [], meCpuUs: [] }
}

/** In turns; rounds.ts explains why. */
async function measureCpu(grown: Grown[], { rounds, seconds }: Size): Promise<void> {
  const burst = { connections: CONNECTIONS, seconds }
  for (const { server } of grown) await load(server, { ...burst, kind: 'login' }, [])
  for (let round = 0; round < rounds; round++) {
    for (const { server, loginCpuUs, meCpuUs } of grown) {
      loginCpuUs.push((await load(server, { ...burst, kind: 'login' }, [])).cpuUs)
      const tokens = await logIn(server, CONNECTIONS)
      meCpuUs.push((await load(server, { ...burst, kind: 'me' }, tokens)).cpuUs)
    }
  }
}

/** @param say prints progress; filling five million takes a minute or two. */
export async function measureGrowth(
  dir: string,
  populations: number[],
  size: Size,
  say: (text: string) => void,
): Promise<Population[]> {
  if (populations.length === 0) return []
  const fileOf = (users: number) => join(dir, `${users}-users.db`)
  for (const users of populations) {
    const database = await createSqlite(fileOf(users))
    await makeTables(database.url)
    say(`filling ${users.toLocaleString('en')} users`)
    await seed(database, users, () => undefined)
  }
  const starts = new Map<number, Awaited<ReturnType<typeof compareStarts>>>()
  for (const users of populations) {
    starts.set(users, await compareStarts(fileOf(users), size.startRounds))
  }
  const grown = await Promise.all(populations.map((users) => startOne(users, fileOf(users))))
  try {
    say(`measuring with ${grown.length} sizes in turn`)
    await measureCpu(grown, size)
  } finally {
    await Promise.all(grown.flatMap(({ server, upstream }) => [server.stop(), upstream.stop()]))
  }
  return grown.map(({ users, loginCpuUs, meCpuUs }) => {
    const { oursMs = NaN, bareMs = NaN } = starts.get(users) ?? {}
    return {
      users,
      loginCpuUs: medianOrNull(loginCpuUs),
      meCpuUs: medianOrNull(meCpuUs),
      readyShare: oursMs / bareMs,
      readyMs: oursMs,
    }
  })
}
