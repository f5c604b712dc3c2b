/** Checks that Redis answers and takes the account and the database, alone or behind Sentinels. */
import type { Redis, RedisOptions } from 'ioredis'
import { AWAY, ENCODE, reasonOf } from './away'
import { fail, ok } from './finding'
import type { Finding } from './finding'
import { parseSentinelUrl } from './sentinel-url'
import type { Address, SentinelUrl } from './sentinel-url'

const CONNECT_WITHIN_MS = 3000
const REFUSED_BY_SENTINEL = 'Write the password of the Sentinels as &sentinelPassword=…'

const OPTIONS: RedisOptions = {
  lazyConnect: true,
  connectTimeout: CONNECT_WITHIN_MS,
  commandTimeout: CONNECT_WITHIN_MS,
  maxRetriesPerRequest: 0,
  retryStrategy: () => null,
}

/** @throws errors of Redis or of the connection. */
async function withClient<T>(client: Redis, work: () => Promise<T>): Promise<T> {
  const faults: unknown[] = []
  client.on('error', (error: unknown) => faults.push(error))
  try {
    await client.connect()
    return await work()
  } catch (error) {
    throw faults[0] ?? error
  } finally {
    client.disconnect()
  }
}

async function createClient(options: RedisOptions, url?: string): Promise<Redis> {
  const { Redis } = await import('ioredis')
  const all = { ...OPTIONS, ...options }
  return url === undefined ? new Redis(all) : new Redis(url, all)
}

async function ping(client: Redis, db: number): Promise<void> {
  await client.ping()
  // ioredis stays in database 0 silently when Redis refuses the number: select it explicitly.
  if (db !== 0) await client.select(db)
}

/** Redis's answers, what they mean and what to do. */
const REFUSALS: readonly (readonly [RegExp, what: string, cure: string])[] = [
  [/WRONGPASS|NOAUTH|NOPERM|ERR AUTH/, 'refused', 'Correct user and password in REDIS_URL.'],
  [/DB index/, 'no such database', 'Correct the number at the end of REDIS_URL.'],
]

/** @param where goes in front of the reason when it is not obvious. */
function toFinding(error: unknown, where = ''): Finding {
  const said = error instanceof Error ? error.message : ''
  const away = [/^/, reasonOf(error), error instanceof URIError ? ENCODE : AWAY] as const
  const [, what, cure] = REFUSALS.find(([pattern]) => pattern.test(said)) ?? away
  return fail('Redis', `${where}can't be used (${what})`, cure)
}

interface SentinelAnswer {
  /** The address of the primary; null when the Sentinel does not know the name. */
  primary: Address | null
  error: unknown
}

async function askSentinel(
  { host, port }: Address,
  { name, sentinelPassword, isTls }: SentinelUrl,
): Promise<SentinelAnswer> {
  try {
    const client = await createClient({
      host,
      port,
      ...(sentinelPassword !== undefined && { password: sentinelPassword }),
      ...(isTls && { tls: {} }),
    })
    const found = await withClient(client, () =>
      client.call('SENTINEL', 'get-master-addr-by-name', name),
    )
    const [at, its] = (found ?? []) as string[]
    return {
      primary: at === undefined ? null : { host: at, port: Number(its) },
      error: null,
    }
  } catch (error) {
    return { primary: null, error }
  }
}

/** @returns how many replicas the primary has. @throws errors of Redis or of the connection. */
async function countReplicas(at: Address, url: SentinelUrl): Promise<number> {
  const { username, password, db, isTls } = url
  const client = await createClient({
    ...at,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(isTls && { tls: {} }),
  })
  return withClient(client, async () => {
    await ping(client, db)
    const replicas = /connected_slaves:(\d+)/.exec(await client.info('replication'))?.[1]
    return Number(replicas ?? 0)
  })
}

async function checkPrimary(at: Address, url: SentinelUrl): Promise<Finding> {
  const where = `the primary at ${at.host}:${at.port} `
  try {
    if ((await countReplicas(at, url)) > 0) return ok('Redis', 'the primary answers')
    const cure = 'Start a replica (replicaof): log-outs and codes count once a replica has them.'
    return fail('Redis', `${where}has no replica, so logins are refused`, cure)
  } catch (error) {
    return toFinding(error, where)
  }
}

async function checkSentinels(url: SentinelUrl): Promise<Finding[]> {
  const answers = await Promise.all(url.sentinels.map((sentinel) => askSentinel(sentinel, url)))
  const silent = answers.filter(({ error }) => error !== null)
  const total = answers.length
  const findings: Finding[] = []
  if (silent.length > 0) {
    const [{ error } = { error: null }] = silent
    const said = error instanceof Error ? error.message : ''
    const isRefused = REFUSALS[0]?.[0].test(said) === true
    const what = `${silent.length} of ${total} Sentinels give no answer (${isRefused ? 'refused' : reasonOf(error)})`
    findings.push(fail('Redis', what, isRefused ? REFUSED_BY_SENTINEL : AWAY))
  }
  if (silent.length === total) return findings
  const primary = answers.find((answer) => answer.primary !== null)?.primary ?? null
  if (primary !== null) return [...findings, await checkPrimary(primary, url)]
  const cure = 'Correct sentinelMasterId in REDIS_URL: the name after "sentinel monitor".'
  return [...findings, fail('Redis', 'the Sentinels know no primary of that name', cure)]
}

/** @param url '' when the server does not use Redis. */
export async function checkRedis(url: string): Promise<Finding[]> {
  if (url === '') return []
  if (/^rediss?-sentinel:/.test(url)) {
    const parsed = parseSentinelUrl(url)
    if (parsed !== null) return checkSentinels(parsed)
    const cure = 'Write it as redis-sentinel://host:26379,host:26379/0?sentinelMasterId=NAME.'
    return [fail('Redis', 'REDIS_URL names no Sentinels, or no sentinelMasterId', cure)]
  }
  const db = URL.canParse(url) ? Number(new URL(url).pathname.slice(1)) : NaN
  if (!Number.isInteger(db) || db < 0) {
    const cure = 'Write it as redis://host:6379, with /1 behind it for another database.'
    return [fail('Redis', 'REDIS_URL names no server, or a database that is no number', cure)]
  }
  try {
    const client = await createClient({}, url)
    await withClient(client, () => ping(client, db))
    return [ok('Redis', 'answers')]
  } catch (error) {
    return [toFinding(error)]
  }
}
