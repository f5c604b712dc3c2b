/**
 * The servers that these suites need, and their addresses. A suite whose server is unreachable is
 * skipped with a message; in CI it fails.
 */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { isInCi } from '../support/ci'

const ANSWER_WITHIN_MS = 2000

export interface Service {
  name: string
  /** The variable that sets another server. */
  variable: string
  url: string
}

const serviceAt = (name: string, variable: string, url: string): Service => ({
  name,
  variable,
  url: process.env[variable] ?? url,
})

export const postgresService = serviceAt(
  'PostgreSQL',
  'TEST_POSTGRES_URL',
  'postgres://postgres@127.0.0.1:5432/postgres',
)
export const mysqlService = serviceAt(
  'MySQL or MariaDB',
  'TEST_MYSQL_URL',
  'mysql://root@127.0.0.1:3306/mysql',
)
export const redisService = serviceAt('Redis', 'TEST_REDIS_URL', 'redis://127.0.0.1:6379')

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  'postgres:': 5432,
  'postgresql:': 5432,
  'mysql:': 3306,
  'redis:': 6379,
}

export function addressOf(url: string): { host: string; port: number } {
  const { hostname, port, protocol } = new URL(url)
  return { host: hostname, port: Number(port === '' ? DEFAULT_PORTS[protocol] : port) }
}

/** The same server with another address or database. */
export function urlWith(url: string, change: { port?: number; database?: string }): string {
  const changed = new URL(url)
  if (change.port !== undefined) changed.port = String(change.port)
  if (change.database !== undefined) changed.pathname = `/${change.database}`
  return changed.href
}

/** A name that no other run uses. */
export const newName = (): string => `wl_test_${randomBytes(6).toString('hex')}`

/** describe() must know synchronously, so another process checks. */
function isReachable({ url }: Service): boolean {
  const { host, port } = addressOf(url)
  const ask = `require('node:net').connect(${port}, ${JSON.stringify(host)})
    .on('connect', () => process.exit(0)).on('error', () => process.exit(1))`
  const { status } = spawnSync(process.execPath, ['-e', ask], { timeout: ANSWER_WITHIN_MS })
  return status === 0
}

export function describeWith(services: readonly Service[], name: string, suite: () => void): void {
  const missing = services.find((service) => !isReachable(service))
  if (missing === undefined || isInCi()) describe(name, suite)
  else describe.skip(`${name} (no ${missing.name} at its address: set ${missing.variable})`, suite)
}
