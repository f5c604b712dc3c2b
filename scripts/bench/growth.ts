/** What the number of users costs: processor time of a login and of GET /v1/me, and the start. */
import { join } from 'node:path'
import { load, logIn } from './load'
import { start } from './processes'
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
  /** Median of the time to ready, as a share of a bare server's, in turn. */
  readyShare: number
  readyMs: number
}

interface Size {
  rounds: number
  seconds: number
  startRounds: number
}

/** Both medians of starts in turn. */
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

async function measureOne(
  databaseFile: string,
  users: number,
  size: Size,
): Promise<Pick<Population, 'loginCpuUs' | 'meCpuUs'>> {
  const upstream = await start({
    name: 'the stand-in for WeChat',
    args: [UPSTREAM],
    env: { USERS: String(users) },
  })
  const server = await start(ours(upstream.url, databaseFile))
  const burst = { connections: CONNECTIONS, seconds: size.seconds }
  const logins: (number | null)[] = []
  const reads: (number | null)[] = []
  try {
    await load(server, { ...burst, kind: 'login' }, [])
    for (let round = 0; round < size.rounds; round++) {
      logins.push((await load(server, { ...burst, kind: 'login' }, [])).cpuUs)
      const tokens = await logIn(server, CONNECTIONS)
      reads.push((await load(server, { ...burst, kind: 'me' }, tokens)).cpuUs)
    }
  } finally {
    await server.stop()
    await upstream.stop()
  }
  return { loginCpuUs: medianOrNull(logins), meCpuUs: medianOrNull(reads) }
}

/** @param say is told what is going on; filling five million takes a minute or two. */
export async function measureGrowth(
  dir: string,
  populations: number[],
  size: Size,
  say: (text: string) => void,
): Promise<Population[]> {
  const results: Population[] = []
  for (const users of populations) {
    const file = join(dir, `${users}-users.db`)
    // The server itself makes the tables.
    await (await start(ours('http://127.0.0.1:9', file))).stop()
    seed(file, users, (done) => say(`${done.toLocaleString('en')} users`))
    const { oursMs, bareMs } = await compareStarts(file, size.startRounds)
    const cpu = await measureOne(file, users, size)
    results.push({ users, ...cpu, readyShare: oursMs / bareMs, readyMs: oursMs })
    say(`measured with ${users.toLocaleString('en')} users`)
  }
  return results
}
