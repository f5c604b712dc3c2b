/**
 * The BFF as a process: the only reader of process.env and the only chooser of a concrete store.
 *
 * Exit code 78 means that the configuration or the database file must be mended first; SIGTERM and
 * SIGINT answer every accepted request, close the store and end with 0.
 */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createApp } from './app'
import { ConfigError, parseConfig } from './config'
import type { Config } from './config'
import { createHttpServer } from './http/server'
import { createLogger } from './logger'
import { createMetrics, createMetricsServer } from './metrics'
import type { Metrics } from './metrics'
import { DatabaseFileError } from './store/sqlite/open'
import { openSqliteStore } from './store/sqlite/sqlite-store'
import type { Store } from './store/store'
import type { CallObserver } from './wechat/call'
import { createWechat } from './wechat/wechat'

/** EX_CONFIG of sysexits.h. */
const EXIT_CONFIG = 78
/** Of the 10 s that SIGTERM has, this much is for requests under way. */
const DRAIN_MS = 8000
const SWEEP_EVERY_MS = 50

function openStore(databaseUrl: string): Store {
  if (databaseUrl.startsWith('file:')) return openSqliteStore(databaseUrl.slice('file:'.length))
  throw new ConfigError(['DATABASE_URL: only file:PATH is served by this version'])
}

function listen(server: Server, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
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
  const store = openStore(config.databaseUrl)
  const lifecycle = { stopping: false }
  const late: { metrics: Metrics | null } = { metrics: null }
  const observe: CallObserver = (path, durationMs, outcome) =>
    late.metrics?.observeUpstream(path, durationMs, outcome)
  const { wechatApiBase: baseUrl, wechatTimeoutMs: timeoutMs } = config
  const wechat = createWechat({ baseUrl, timeoutMs, observe })
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
    isStopping: () => lifecycle.stopping,
    countLogin: (outcome) => late.metrics?.countLogin(outcome),
  })
  return { logger, store, wechat, lifecycle, metrics: late.metrics, server: createHttpServer(app) }
}

async function run(): Promise<void> {
  const config = parseConfig(process.env)
  const { logger, store, wechat, lifecycle, metrics, server } = await assemble(config)
  const metricsServer = metrics === null ? null : createMetricsServer(metrics)
  if (metricsServer !== null) {
    logger.info(
      {},
      `metrics on ${await listen(metricsServer, config.metricsPort ?? 0, config.host)}`,
    )
  }
  logger.info({}, `listening on ${await listen(server, config.port, config.host)}`)

  const stop = async (signal: string): Promise<void> => {
    if (lifecycle.stopping) return
    lifecycle.stopping = true
    logger.info({}, `${signal}: stopping`)
    await closeServer(server)
    metricsServer?.close()
    await store.close()
    await wechat.close()
    logger.info({}, 'stopped')
    logger.flush()
    process.exit(0)
  }
  process.on('SIGTERM', () => void stop('SIGTERM'))
  process.on('SIGINT', () => void stop('SIGINT'))
}

function explain(error: unknown): { text: string; exitCode: number } {
  if (error instanceof ConfigError || error instanceof DatabaseFileError) {
    return { text: error.message, exitCode: EXIT_CONFIG }
  }
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return {
      text: `A port is taken: ${error.message}. Stop what listens there, or set PORT.`,
      exitCode: 1,
    }
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { text, exitCode: 1 }
}

run().catch((error: unknown) => {
  const { text, exitCode } = explain(error)
  process.stderr.write(`${text}\n`)
  process.exit(exitCode)
})
