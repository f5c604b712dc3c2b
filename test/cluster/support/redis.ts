/** A private in-memory Redis, which can be killed and comes back empty. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { Redis } from 'ioredis'
import { makeTempDir } from '../../support/temp-dir'
import { freePorts } from './free-ports'
import { patiently } from './patiently'

const READY_WITHIN_MS = 20_000

export interface OwnRedis {
  port: number
  url: string
  /** On its own connection, as an operator. */
  run(...command: [string, ...string[]]): Promise<unknown>
  start(): Promise<void>
  kill(): Promise<void>
  stop(): Promise<void>
}

async function ask(port: number, [name, ...args]: [string, ...string[]]): Promise<unknown> {
  const client = new Redis(port, '127.0.0.1', {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return await client.call(name, ...args)
  } finally {
    client.disconnect()
  }
}

/** @param more additional options of redis-server. */
export async function startRedis(...more: string[]): Promise<OwnRedis> {
  const dir = makeTempDir()
  const [port = 0] = await freePorts(1)
  const own = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir.path]
  const args = [...own, '--save', '', '--appendonly', 'no', ...more]
  let child: ChildProcess | null = null
  let exited: Promise<unknown> = Promise.resolve()
  const run: OwnRedis['run'] = (...command) => ask(port, command)
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child?.kill(signal)
    await exited
  }
  const start = async (): Promise<void> => {
    const started = spawn('redis-server', args, { stdio: 'ignore' })
    child = started
    exited = new Promise((resolve) => started.once('exit', resolve))
    await patiently(READY_WITHIN_MS, () =>
      run('PING').then(
        () => true,
        () => false,
      ),
    )
  }
  await start()
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    run,
    start,
    kill: () => end('SIGKILL'),
    async stop() {
      await end('SIGTERM')
      dir.remove()
    },
  }
}
