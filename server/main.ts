/**
 * The BFF as a process.
 *
 * `--check-config` only checks the environment. Exit code 78 means that the configuration or the
 * database file must be fixed first. On SIGTERM or SIGINT the process answers every accepted
 * request, closes the store and exits with 0.
 */
import type { Server } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { assemble, readSettings } from './assemble'
import type { Assembled } from './assemble'
import type { Config } from './config'
import { sqliteFileOf } from './config/values'
import { closeServer, listen } from './http/listen'
import { createHttpServer } from './http/server'
import { createMetricsServer } from './metrics'
import { explain, OperatorError } from './operator-error'
import { checkLater } from './store/sqlite/integrity-check'
import type { LaterCheck } from './store/sqlite/integrity-check'

/**
 * How much the heap may grow before a full garbage collection, in percent of the live objects. V8's
 * own limit is four times the live objects, which needs about 40 MB more at the peak.
 * https://nodejs.org/api/v8.html#v8setflagsfromstringflags
 */
const HEAP_GROWING_PERCENT = 100

/** Also stops when the IPC channel of npm start closes: on Windows, which has no SIGTERM, or after a crash. */
function stopOnRequest(stop: (reason: string) => void): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop)
  process.on('disconnect', () => {
    stop('the parent process ended')
  })
}

type Parts = Assembled & { server: Server }

type Stop = (reason: string, exitCode?: number) => Promise<void>

/** Answers the requests in progress, then ends the process. A second call does nothing. */
function createStop(parts: Parts, metricsServer: Server | null, check: LaterCheck | null): Stop {
  const { logger, bff, pay, lifecycle, server } = parts
  return async (reason, exitCode = 0) => {
    if (lifecycle.stopping) return
    lifecycle.stopping = true
    logger.info({}, `${reason}: stopping`)
    check?.giveUp()
    await Promise.all([closeServer(server), pay?.reconciler.stop()])
    metricsServer?.close()
    await pay?.close()
    await bff.close()
    logger.info({}, 'stopped')
    await logger.close()
    process.exit(exitCode)
  }
}

/** @returns null without METRICS_PORT. */
async function startMetrics(
  { metrics, logger }: Assembled,
  { metricsPort, metricsHost }: Config,
): Promise<Server | null> {
  if (metrics === null || metricsPort === null) return null
  const server = createMetricsServer(metrics)
  const url = await listen(server, 'METRICS_PORT', metricsPort, metricsHost)
  logger.info({}, `metrics on ${url}`)
  return server
}

async function run(): Promise<void> {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`)
  const settings = readSettings(process.env)
  const { config } = settings
  if (process.argv.includes('--check-config')) {
    process.stdout.write('The configuration is valid.\n')
    return
  }
  // Before we listen there is no request to finish, so exit immediately.
  let stop: Stop = () => Promise.resolve(process.exit(0))
  stopOnRequest((reason) => void stop(reason))
  const assembled = await assemble(settings)
  const { logger, bff, pay } = assembled
  const server = createHttpServer(bff.app)
  const metricsServer = await startMetrics(assembled, config)
  const url = await listen(server, 'PORT', config.port, config.host)
  pay?.reconciler.start()

  const file = sqliteFileOf(config.databaseUrl)
  const check = file === null ? null : checkLater(file)

  stop = createStop({ ...assembled, server }, metricsServer, check)
  process.once('uncaughtException', (error) => {
    logger.fatal({ alert: true, stack: error.stack ?? error.message }, 'bug')
    void logger.close().then(() => process.exit(1))
  })
  // Logged last, because a reader of this line may send a signal immediately.
  logger.info({}, `listening on ${url}`)
  logger.flush()
  // A parent process with an IPC channel gets the address at every LOG_LEVEL.
  process.send?.({ listeningOn: url })

  const damage = await check?.result
  if (damage === undefined || damage === null) return
  logger.fatal({ alert: true }, damage.message)
  await stop('damaged database', damage.exitCode)
}

run().catch(async (error: unknown) => {
  // Handle a pending signal first: it may have come while we waited for a locked file.
  await new Promise(setImmediate)
  process.stderr.write(`${explain(error)}\n`)
  process.exit(error instanceof OperatorError ? error.exitCode : 1)
})
