/** Builds from the settings what the server and the cloud function share: database, cluster, features, app. */
import { createBff } from './bff'
import type { Cluster } from './cluster/open-cluster'
import { parseConfig } from './config'
import type { Config } from './config'
import { loadOptional } from './load-optional'
import { createLogger } from './logger'
import { createMetrics } from './metrics'
import { parsePayConfig } from './pay/config'
import type { PayConfig } from './pay/config'
import { createPayExports } from './pay/exports'
import { createPay } from './pay/pay'
import type { PayTables } from './pay/tables'
import { createFeatureStorages } from './feature-storages'
import { createSealer } from './sealing'
import { openStore } from './store/open-store'
import type { Store } from './store/store'
import { parseWebSettings } from './web/config'
import type { WebConfig } from './web/config'
import type { WebTables } from './web/tables'
import { createWechat } from './wechat/wechat'
import type { Wechat } from './wechat/wechat'

export interface Settings {
  config: Config
  payConfig: PayConfig | null
  webSettings: Omit<WebConfig, 'publicUrl'>
}

type Warn = (message: string) => void

/** Connects to Redis; null without a REDIS_URL. */
async function openShared(
  redisUrl: string | null,
  database: Store,
  warn: Warn,
): Promise<Cluster | null> {
  if (redisUrl === null) return null
  const loading = import('./cluster/open-cluster')
  const { openCluster } = await loadOptional('REDIS_URL', 'ioredis', loading)
  return openCluster(redisUrl, database, warn)
}

/** Builds the parts of a process; `metrics` is null without METRICS_PORT. @throws the errors of `openStore`. */
export async function assemble({ config, payConfig, webSettings }: Settings) {
  const { wechatTimeoutMs: timeoutMs, publicUrl } = config
  const logger = createLogger(config.logLevel)
  const warn: Warn = (message) => logger.warn({}, message)
  const sealer = createSealer(config.dataKeys)
  const storages = createFeatureStorages(sealer)
  const opened = await openStore(config.databaseUrl, { storages, warn })
  const cluster = await openShared(config.redisUrl, opened.store, warn)
  const store = cluster?.store ?? opened.store
  const sources = {
    breakerState: () => wechat.breakerState(),
    countSessions: () => store.countSessions(),
    droppedLogLines: () => logger.droppedLines(),
  }
  const metrics = config.metricsPort === null ? null : await createMetrics(sources)
  const wechat: Wechat = createWechat({
    baseUrl: config.wechatApiBase,
    timeoutMs,
    ...(metrics !== null && { observe: metrics.observeUpstream }),
    ...(cluster !== null && { accessTokenCache: cluster.accessTokenCache }),
  })
  const webSqlClient = opened.sqlClient<WebTables>()
  const paySqlClient = opened.sqlClient<PayTables>()
  const createRateWindow = cluster?.createRateWindow
  const payParts = { apps: config.apps, store, sealer, logger, createRateWindow, timeoutMs }
  const pay = payConfig && createPay({ config: payConfig, sqlClient: paySqlClient, ...payParts })
  const lifecycle = { stopping: false }
  const bff = createBff({
    config,
    store,
    wechat,
    logger,
    cluster,
    // Accounts may still have orders from before payment was switched off; the export must contain them.
    features: [pay ?? { routes: [], exports: createPayExports(paySqlClient) }],
    web:
      publicUrl === null
        ? null
        : { config: { ...webSettings, publicUrl }, sqlClient: webSqlClient },
    isStopping: () => lifecycle.stopping,
    countLogin: (outcome) => metrics?.countLogin(outcome),
  })
  return { logger, bff, pay, lifecycle, metrics }
}

/**
 * @param env as process.env gives it.
 * @param faults of earlier checks, reported in the same error.
 * @throws ConfigError naming every fault of every variable.
 */
export function readSettings(env: NodeJS.ProcessEnv, faults: string[] = []): Settings {
  const report = (name: string, message: string): void => void faults.push(`${name}: ${message}`)
  const payConfig = parsePayConfig(env, report)
  // An embedding service may quote prices itself; this process has only the catalogue.
  if (env['PAY_MCHID'] !== undefined && env['PAY_CATALOGUE'] === undefined) {
    report('PAY_CATALOGUE', 'is missing')
  }
  const webSettings = parseWebSettings(env, report)
  return { config: parseConfig(env, faults), payConfig, webSettings }
}

export type Assembled = Awaited<ReturnType<typeof assemble>>
