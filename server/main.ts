/**
 * The BFF as a process: the only reader of process.env and the only chooser of a concrete store.
 *
 * `--check-config` only says whether the environment is valid. Exit code 78 means that the
 * configuration or the database file must be mended first; SIGTERM and SIGINT answer every accepted
 * request, close the store and end with 0.
 */
import type { Server } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { createBff } from './bff'
import type { Cluster } from './cluster/open-cluster'
import { ConfigError, parseConfig } from './config'
import type { Config } from './config'
import { closeServer, listen, PortTakenError } from './http/listen'
import { createHttpServer } from './http/server'
import { createLogger } from './logger'
import type { Logger } from './logger'
import { createMetrics, createMetricsServer } from './metrics'
import type { Metrics } from './metrics'
import { parsePayConfig } from './pay/config'
import type { PayConfig } from './pay/config'
import { createPay } from './pay/pay'
import type { PayTables } from './pay/tables'
import { createStoreRooms } from './rooms'
import { createSealer } from './sealing'
import type { Sealer } from './sealing'
import { SqliteDriverError } from './store/sqlite/load-driver'
import { checkLater, DatabaseFileError } from './store/sqlite/soundness'
import type { LaterCheck } from './store/sqlite/soundness'
import { DatabaseLockedError } from './store/sqlite/open'
import { openStore } from './store/open-store'
import type { OpenedStore } from './store/open-store'
import type { Store } from './store/store'
import type { CallObserver } from './wechat/endpoint'
import { parseWebSettings } from './web/config'
import type { WebSettings } from './web/config'
import type { WebTables } from './web/tables'
import { createWechat } from './wechat/wechat'

/** EX_CONFIG of sysexits.h. */
const EXIT_CONFIG = 78

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

/** What several processes share; null without a REDIS_URL. */
async function openShared(
  redisUrl: string | null,
  database: Store,
  warn: Warn,
): Promise<Cluster | null> {
  if (redisUrl === null) return null
  const { openCluster } = await needing('REDIS_URL', 'ioredis', import('./cluster/open-cluster'))
  return openCluster(redisUrl, database, warn)
}

interface Settings {
  config: Config
  payConfig: PayConfig | null
  webSettings: WebSettings
}

/** The features that are there when they are configured. */
function createFeatures(settings: Settings, opened: OpenedStore, sealer: Sealer, logger: Logger) {
  const { config, payConfig, webSettings } = settings
  const { wechatTimeoutMs: timeoutMs, publicUrl } = config
  const sql = opened.sqlClient<PayTables>()
  const pay = payConfig && createPay({ config: payConfig, sql, sealer, logger, timeoutMs })
  const sqlClient = opened.sqlClient<WebTables>()
  const web = publicUrl === null ? null : { config: { ...webSettings, publicUrl }, sqlClient }
  return { pay, web }
}

/** The parts of the process; `metrics` is null without a METRICS_PORT. */
async function assemble(settings: Settings) {
  const { config } = settings
  const logger = createLogger(config.logLevel)
  const warn: Warn = (message) => logger.warn({}, message)
  const sealer = createSealer(config.dataKeys)
  const rooms = createStoreRooms(sealer)
  const opened = await openStore(config.databaseUrl, { rooms, warn })
  const cluster = await openShared(config.redisUrl, opened.store, warn)
  const store = cluster?.store ?? opened.store
  const lifecycle = { stopping: false }
  const late: { metrics: Metrics | null } = { metrics: null }
  const observe: CallObserver = (path, durationMs, outcome) =>
    late.metrics?.observeUpstream(path, durationMs, outcome)
  const { wechatApiBase: baseUrl, wechatTimeoutMs: timeoutMs } = config
  const wechat = createWechat({
    baseUrl,
    timeoutMs,
    observe,
    ...(cluster !== null && { accessTokenCache: cluster.accessTokenCache }),
  })
  if (config.metricsPort !== null) {
    late.metrics = await createMetrics({
      breakerState: () => wechat.breakerState(),
      countSessions: () => store.countSessions(),
      droppedLogLines: () => logger.droppedLines(),
    })
  }
  const { pay, web } = createFeatures(settings, opened, sealer, logger)
  const bff = createBff({
    config,
    store,
    wechat,
    logger,
    cluster,
    features: pay === null ? [] : [pay],
    web,
    isStopping: () => lifecycle.stopping,
    countLogin: (outcome) => late.metrics?.countLogin(outcome),
  })
  const server = createHttpServer(bff.app)
  return { logger, bff, pay, lifecycle, metrics: late.metrics, server }
}

/** @throws ConfigError naming every fault of every variable. */
function readSettings(): Settings {
  const faults: string[] = []
  const report = (name: string, message: string): void => void faults.push(`${name}: ${message}`)
  const payConfig = parsePayConfig(process.env, report)
  const webSettings = parseWebSettings(process.env, report)
  return { config: parseConfig(process.env, faults), payConfig, webSettings }
}

/** npm start holds a channel: its end stops the BFF on Windows, which has no SIGTERM, and after a crash. */
function stopOnRequest(stop: (reason: string) => void): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop)
  process.on('disconnect', () => {
    stop('the parent process ended')
  })
}

type Parts = Awaited<ReturnType<typeof assemble>>

/** Answers what is under way, then ends the process. A second call does nothing. */
function createStop(parts: Parts, metricsServer: Server | null, check: LaterCheck | null) {
  const { logger, bff, pay, lifecycle, server } = parts
  return async (reason: string, exitCode = 0): Promise<void> => {
    if (lifecycle.stopping) return
    lifecycle.stopping = true
    logger.info({}, `${reason}: stopping`)
    check?.giveUp()
    await closeServer(server)
    metricsServer?.close()
    await pay?.close()
    await bff.close()
    logger.info({}, 'stopped')
    await logger.close()
    process.exit(exitCode)
  }
}

async function run(): Promise<void> {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`)
  const settings = readSettings()
  const { config } = settings
  if (process.argv.includes('--check-config')) {
    process.stdout.write('The configuration is valid.\n')
    return
  }
  const parts = await assemble(settings)
  const { logger, pay, metrics, server } = parts
  const metricsServer = metrics === null ? null : createMetricsServer(metrics)
  if (metricsServer !== null) {
    const metricsUrl = await listen(
      metricsServer,
      'METRICS_PORT',
      config.metricsPort ?? 0,
      config.metricsHost,
    )
    logger.info({}, `metrics on ${metricsUrl}`)
  }
  const url = await listen(server, 'PORT', config.port, config.host)
  pay?.reconciler.start()

  const check = config.databaseUrl.startsWith('file:')
    ? checkLater(config.databaseUrl.slice('file:'.length))
    : null

  const stop = createStop(parts, metricsServer, check)
  process.once('uncaughtException', (error) => {
    logger.fatal({ alert: true, stack: error.stack ?? error.message }, 'bug')
    void logger.close().then(() => process.exit(1))
  })
  stopOnRequest((reason) => void stop(reason))
  // Logged last, because a reader of this line may send a signal at once.
  logger.info({}, `listening on ${url}`)
  logger.flush()
  // A parent process with an IPC channel gets the address at every LOG_LEVEL.
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
  if (error instanceof PortTakenError || error instanceof DatabaseLockedError) {
    return { text: error.message, exitCode: 1 }
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { text, exitCode: 1 }
}

run().catch((error: unknown) => {
  const { text, exitCode } = explain(error)
  process.stderr.write(`${text}\n`)
  process.exit(exitCode)
})
