/** Builds what all programs share from the settings: database, cluster, features and app. */
import { createBff } from './bff'
import type { Cluster } from './cluster/open-cluster'
import { ConfigError, parseConfig } from './config'
import type { Config } from './config'
import { createLogger } from './logger'
import type { Logger } from './logger'
import { createMetrics } from './metrics'
import type { Metrics } from './metrics'
import { parsePayConfig } from './pay/config'
import type { PayConfig } from './pay/config'
import type { PayLimits } from './pay/limits'
import { createPay } from './pay/pay'
import type { PayTables } from './pay/tables'
import { createStoreRooms } from './rooms'
import { createSealer } from './sealing'
import type { Sealer } from './sealing'
import { openStore } from './store/open-store'
import type { OpenedStore } from './store/open-store'
import type { Store } from './store/store'
import { parseWebSettings } from './web/config'
import type { WebSettings } from './web/config'
import type { WebTables } from './web/tables'
import type { CallObserver } from './wechat/endpoint'
import { createWechat } from './wechat/wechat'

type Warn = (message: string) => void

/** Loads an optional package; when it is missing, the error names the variable that needs it. */
async function needing<T>(variable: string, packages: string, load: Promise<T>): Promise<T> {
  return load.catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (!code.endsWith('MODULE_NOT_FOUND')) throw error
    throw new ConfigError([`${variable}: needs packages that are not installed: ${packages}`])
  })
}

/** Connects to Redis; null without a REDIS_URL. */
async function openShared(
  redisUrl: string | null,
  database: Store,
  warn: Warn,
): Promise<Cluster | null> {
  if (redisUrl === null) return null
  const { openCluster } = await needing('REDIS_URL', 'ioredis', import('./cluster/open-cluster'))
  return openCluster(redisUrl, database, warn)
}

export interface Settings {
  config: Config
  payConfig: PayConfig | null
  webSettings: WebSettings
}

/** Creates the features that are configured. */
function createFeatures(
  { config, payConfig, webSettings }: Settings,
  opened: OpenedStore,
  common: { sealer: Sealer; logger: Logger; limits: PayLimits | null },
) {
  const { apps, wechatTimeoutMs: timeoutMs, publicUrl } = config
  const sql = opened.sqlClient<PayTables>()
  const pay = payConfig && createPay({ ...common, config: payConfig, apps, sql, timeoutMs })
  const sqlClient = opened.sqlClient<WebTables>()
  const web = publicUrl === null ? null : { config: { ...webSettings, publicUrl }, sqlClient }
  return { pay, web }
}

/** The parts of a process; `metrics` is null without a METRICS_PORT. @throws as `openStore` does. */
export async function assemble(settings: Settings) {
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
  const limits = cluster?.payLimits ?? null
  const { pay, web } = createFeatures(settings, opened, { sealer, logger, limits })
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
  return { logger, bff, pay, lifecycle, metrics: late.metrics }
}

/**
 * @param env as process.env gives it.
 * @param faults found earlier; the error lists them together with those of the variables.
 * @throws ConfigError naming every fault of every variable.
 */
export function readSettings(env: NodeJS.ProcessEnv, faults: string[] = []): Settings {
  const report = (name: string, message: string): void => void faults.push(`${name}: ${message}`)
  const payConfig = parsePayConfig(env, report)
  const webSettings = parseWebSettings(env, report)
  return { config: parseConfig(env, faults), payConfig, webSettings }
}

export type Assembled = Awaited<ReturnType<typeof assemble>>
