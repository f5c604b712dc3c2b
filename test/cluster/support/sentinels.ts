/** A Redis primary, two replicas and three Sentinels, each as its own process. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { makeTempDir } from '../../support/temp-dir'
import { freePorts } from './free-ports'
import { patiently } from './patiently'
import { startRedis } from './redis'
import type { OwnRedis } from './redis'

const NAME = 'lab'
const WELL_WITHIN_MS = 60_000
const SENTINELS = 3
const QUORUM = 2

export interface WatchedRedis {
  primary: OwnRedis
  replicas: [OwnRedis, OwnRedis]
  /** The value for REDIS_URL. */
  url: string
  /** The primary's address, as reported by the Sentinels. */
  findPrimaryPort(): Promise<number>
  stop(): Promise<void>
}

async function askSentinel(port: number, ...args: string[]): Promise<unknown> {
  const client = new Redis(port, '127.0.0.1', { lazyConnect: true, retryStrategy: () => null })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return await client.call('SENTINEL', ...args)
  } finally {
    client.disconnect()
  }
}

function startSentinel(dir: string, port: number, primary: number): ChildProcess {
  const file = join(dir, `sentinel-${port}.conf`)
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${dir}`,
    `sentinel monitor ${NAME} 127.0.0.1 ${primary} ${QUORUM}`,
    `sentinel down-after-milliseconds ${NAME} 1000`,
    `sentinel failover-timeout ${NAME} 5000`,
  ]
  writeFileSync(file, lines.join('\n'))
  return spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' })
}

const isUp = (asking: Promise<unknown>, isWell: (answer: unknown) => boolean): Promise<boolean> =>
  asking.then(isWell, () => false)

/** Each Sentinel knows both replicas and both other Sentinels. */
const knowsAll = (port: number): Promise<boolean> =>
  isUp(
    Promise.all(
      ['replicas', 'sentinels'].map((what) => askSentinel(port, what, NAME) as Promise<unknown[]>),
    ),
    (answers) => (answers as unknown[][]).every((known) => known.length === 2),
  )

export async function startWatchedRedis(): Promise<WatchedRedis> {
  const dir = makeTempDir()
  const primary = await startRedis('--repl-diskless-sync-delay', '0')
  const more = ['--replicaof', '127.0.0.1', String(primary.port), '--repl-diskless-sync-delay', '0']
  const replicas: [OwnRedis, OwnRedis] = [await startRedis(...more), await startRedis(...more)]
  await patiently(WELL_WITHIN_MS, () =>
    isUp(primary.run('INFO', 'replication'), (said) =>
      /slave0:.*state=online[^]*slave1:.*state=online/.test(String(said)),
    ),
  )
  const ports = await freePorts(SENTINELS)
  const sentinels = ports.map((port) => startSentinel(dir.path, port, primary.port))
  await patiently(WELL_WITHIN_MS, async () =>
    (await Promise.all(ports.map(knowsAll))).every(Boolean),
  )
  const hosts = ports.map((port) => `127.0.0.1:${port}`).join(',')
  return {
    primary,
    replicas,
    url: `redis-sentinel://${hosts}/0?sentinelMasterId=${NAME}`,
    async findPrimaryPort() {
      const [, port] = (await askSentinel(ports[0] ?? 0, 'get-master-addr-by-name', NAME)) as [
        string,
        string,
      ]
      return Number(port)
    },
    async stop() {
      await Promise.all(
        sentinels.map((child) => {
          const exited = new Promise((resolve) => child.once('exit', resolve))
          child.kill('SIGTERM')
          return exited
        }),
      )
      for (const redis of [...replicas, primary]) await redis.stop()
      dir.remove()
    },
  }
}
