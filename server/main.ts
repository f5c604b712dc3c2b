/**
 * The BFF as a process: the only reader of process.env and the only chooser of a concrete store.
 *
 * `--check-config` only says whether the environment is valid. Exit code 78 means that the
 * configuration or the database file must be mended first; SIGTERM and SIGINT answer every accepted
 * request, close the store and end with 0.
 */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { createApp } from './app'
import { ConfigError, parseConfig } from './config'
import type { Config } from './config'
import { createHttpServer } from './http/server'
import { createLogger } from './logger'
import { FAILED_CODES_LIMIT, FAILED_CODES_WINDOW_MS, rateLimited } from './login/failed-codes'
import { createSpentCodes } from './login/spent-codes'
import { createMetrics, createMetricsServer } from './metrics'
import type { Metrics } from './metrics'
import { SqliteDriverError } from './store/sqlite/load-driver'
import { checkLater, DatabaseFileError } from './store/sqlite/soundness'
import { openSqliteStore } from './store/sqlite/sqlite-store'
import { startWriter } from './store/sqlite/threaded-writer'
import type { Store } from './store/store'
import { createMemoryShelf } from './wechat/access-token'
import type { CallObserver } from './wechat/call'
import { createWechat } from './wechat/wechat'

/** EX_CONFIG of sysexits.h. */
const EXIT_CONFIG = 78
/** Of the 10 s that SIGTERM has, this much is for requests under way. */
const DRAIN_MS = 8000
const SWEEP_EVERY_MS = 50
/** Node's own 511 are full at once in a storm; the system may allow fewer than this. */
const CONNECTIONS_WAITING = 4096

/**
 * How much garbage may gather before all of it is collected, in percent of what lives. The engine's
 * own limit is four times as much as lives: 50 MB more at the peak, for 5 % less work at full load.
 * https://nodejs.org/api/v8.html#v8setflagsfromstringflags
 */
const HEAP_GROWING_PERCENT = 30

type Warn = (message: string) => void

/** Packages that only some need are optional, and loaded only for them. */
async function needing<T>(variable: string, packages: string, load: Promise<T>): Promise<T> {
  return load.catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (!code.endsWith('MODULE_NOT_FOUND')) throw error
    throw new ConfigError([`${variable}: needs packages that are not installed: ${packages}`])
  })
}

async function openStore(databaseUrl: string, warn: Warn): Promise<Store> {
  if (databaseUrl.startsWith('file:')) {
    return openSqliteStore(databaseUrl.slice('file:'.length), startWriter)
  }
  const loading = import('./store/sql/open-sql-store')
  const { openSqlStore } = await needing('DATABASE_URL', 'kysely, pg and mysql2', loading)
  return openSqlStore(databaseUrl, warn)
}

/** What several processes share; null without a REDIS_URL. */
async function openShared(redisUrl: string | null, store: Store, warn: Warn) {
  if (redisUrl === null) return null
  const loading = import('./store/redis/open-redis')
  const { openRedis } = await needing('REDIS_URL', 'ioredis', loading)
  return openRedis(redisUrl, {
    store,
    ownSpentCodes: createSpentCodes(Date.now),
    ownShelf: createMemoryShelf(),
    failedCodes: {
      limit: FAILED_CODES_LIMIT,
      windowMs: FAILED_CODES_WINDOW_MS,
      refuse: rateLimited,
    },
    warn,
  })
}

class PortTakenError extends Error {}

const NO_SUCH_HOST = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EADDRNOTAVAIL', 'EINVAL'])

/** @param variable names the port. */
function listenError(error: NodeJS.ErrnoException, variable: string): Error {
  const { code = '', message } = error
  if (code === 'EADDRINUSE') {
    return new PortTakenError(
      `${variable}: the port is taken (${message}). Stop what listens there, or set another.`,
    )
  }
  if (code === 'EACCES') {
    return new ConfigError([`${variable}: this user may not listen on that port`])
  }
  if (NO_SUCH_HOST.has(code)) {
    return new ConfigError(['HOST: must be an address of this computer, such as 127.0.0.1'])
  }
  return error
}

function listen(server: Server, variable: string, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(listenError(error, variable))
    })
    server.listen({ port, host, backlog: CONNECTIONS_WAITING }, () => {
      const { address, family, port: bound } = server.address() as AddressInfo
      resolve(`http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`)
    })
  })
}

/** Connections that fell idle are closed as they do, so that nobody's keep-alive delays the end. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const sweep = setInterval(() => {
      server.closeIdleConnections()
    }, SWEEP_EVERY_MS)
    const late = setTimeout(() => {
      server.closeAllConnections()
    }, DRAIN_MS)
    server.close(() => {
      clearInterval(sweep)
      clearTimeout(late)
      resolve()
    })
  })
}

/** The parts of the process; `metrics` is null without a METRICS_PORT. */
async function assemble(config: Config) {
  const logger = createLogger(config.logLevel)
  const warn: Warn = (message) => logger.warn({}, message)
  const database = await openStore(config.databaseUrl, warn)
  const shared = await openShared(config.redisUrl, database, warn)
  const store = shared?.store ?? database
  const lifecycle = { stopping: false }
  const late: { metrics: Metrics | null } = { metrics: null }
  const observe: CallObserver = (path, durationMs, outcome) =>
    late.metrics?.observeUpstream(path, durationMs, outcome)
  const { wechatApiBase: baseUrl, wechatTimeoutMs: timeoutMs } = config
  const wechat = createWechat({ baseUrl, timeoutMs, observe, ...shared?.forWechat })
  if (config.metricsPort !== null) {
    late.metrics = await createMetrics({
      breakerState: () => wechat.breakerState(),
      countSessions: () => store.countSessions(),
    })
  }
  const app = createApp({
    config,
    store,
    wechat,
    logger,
    ...shared?.forApp,
    isStopping: () => lifecycle.stopping,
    countLogin: (outcome) => late.metrics?.countLogin(outcome),
  })
  return { logger, store, wechat, lifecycle, metrics: late.metrics, server: createHttpServer(app) }
}

async function run(): Promise<void> {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`)
  const config = parseConfig(process.env)
  if (process.argv.includes('--check-config')) {
    process.stdout.write('The configuration is valid.\n')
    return
  }
  const { logger, store, wechat, lifecycle, metrics, server } = await assemble(config)
  const metricsServer = metrics === null ? null : createMetricsServer(metrics)
  if (metricsServer !== null) {
    const metricsUrl = await listen(
      metricsServer,
      'METRICS_PORT',
      config.metricsPort ?? 0,
      config.host,
    )
    logger.info({}, `metrics on ${metricsUrl}`)
  }
  const url = await listen(server, 'PORT', config.port, config.host)

  const check = config.databaseUrl.startsWith('file:')
    ? checkLater(config.databaseUrl.slice('file:'.length))
    : null

  const stop = async (reason: string, exitCode = 0): Promise<void> => {
    if (lifecycle.stopping) return
    lifecycle.stopping = true
    logger.info({}, `${reason}: stopping`)
    check?.giveUp()
    await closeServer(server)
    metricsServer?.close()
    await store.close()
    await wechat.close()
    logger.info({}, 'stopped')
    logger.flush()
    process.exit(exitCode)
  }
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => void stop(signal))
  // npm start runs this over a channel: its end stops us on Windows, which has no SIGTERM, and when it crashes.
  process.on('disconnect', () => void stop('the parent process let go'))
  // Said last: who reads it may send a signal at once.
  logger.info({}, `listening on ${url}`)
  logger.flush()
  // Whoever started it over a channel of Node's learns the address at every LOG_LEVEL.
  process.send?.({ listeningOn: url })

  const damage = await check?.result
  if (damage === undefined || damage === null) return
  logger.fatal({ alert: true }, damage.message)
  await stop('damaged database', EXIT_CONFIG)
}

function explain(error: unknown): { text: string; exitCode: number } {
  const isToBeMended = [ConfigError, DatabaseFileError, SqliteDriverError].some(
    (kind) => error instanceof kind,
  )
  if (error instanceof Error && isToBeMended) {
    return { text: error.message, exitCode: EXIT_CONFIG }
  }
  if (error instanceof PortTakenError) return { text: error.message, exitCode: 1 }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { text, exitCode: 1 }
}

run().catch((error: unknown) => {
  const { text, exitCode } = explain(error)
  process.stderr.write(`${text}\n`)
  process.exit(exitCode)
})
