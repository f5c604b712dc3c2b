/**
 * Prometheus metrics, on a port of their own so that no client of the service sees them.
 * prom-client is loaded only when a METRICS_PORT is set.
 */
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type * as prom from 'prom-client'
import type { Gauge, Registry } from 'prom-client'
import { requestIdOf } from './http/request-id'
import type { BreakerState } from './wechat/guard'

const LATENCY_BUCKETS_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3]
/** Limits the wait for the session count, so that a slow database does not block all other metrics. */
const COUNT_WITHIN_MS = 1000
const BREAKER_STATES: readonly BreakerState[] = ['closed', 'half-open', 'open']

interface Sources {
  breakerState(): BreakerState
  countSessions(): Promise<number>
  droppedLogLines(): number
}

/** Shows no number when the sessions could not be counted in time. */
async function showSessions(gauge: Gauge, sources: Sources): Promise<void> {
  const late = delay(COUNT_WITHIN_MS, null, { ref: false })
  // A failure is dropped here, since the store reports it in the log and in /readyz.
  const count = await Promise.race([sources.countSessions(), late]).catch(() => null)
  if (count === null) gauge.remove()
  else gauge.set(count)
}

/** Registers the metrics whose values are read only when the metrics are requested. */
function registerSources(
  { Counter, Gauge }: typeof prom,
  registers: Registry[],
  sources: Sources,
): void {
  new Gauge({
    name: 'wechat_login_breaker_state',
    help: 'State of the circuit breaker around code2Session: 0 closed, 1 half-open, 2 open.',
    registers,
    collect() {
      this.set(BREAKER_STATES.indexOf(sources.breakerState()))
    },
  })
  new Counter({
    name: 'wechat_login_log_lines_dropped_total',
    help: 'Lines of log that were dropped, since they could not be written.',
    registers,
    collect() {
      this.reset()
      this.inc(sources.droppedLogLines())
    },
  })
  new Gauge({
    name: 'wechat_login_sessions',
    help: 'Sessions in the store.',
    registers,
    collect() {
      return showSessions(this, sources)
    },
  })
}

export type Metrics = Awaited<ReturnType<typeof createMetrics>>

export async function createMetrics(sources: Sources) {
  const client = await import('prom-client')
  const { collectDefaultMetrics, Counter, Histogram } = client
  const registry = new client.Registry()
  const registers = [registry]
  registerSources(client, registers, sources)
  // Memory, CPU and the lag of the event loop.
  collectDefaultMetrics({ register: registry })
  const logins = new Counter({
    name: 'wechat_login_logins_total',
    help: 'Logins by outcome: new, returning, or an error code.',
    labelNames: ['outcome'],
    registers,
  })
  const upstream = new Histogram({
    name: 'wechat_login_upstream_seconds',
    help: 'Calls to WeChat by path and outcome.',
    labelNames: ['path', 'outcome'],
    buckets: LATENCY_BUCKETS_SECONDS,
    registers,
  })

  return {
    countLogin: (outcome: string): void => logins.inc({ outcome }),
    observeUpstream: (path: string, durationMs: number, outcome: string): void =>
      upstream.observe({ path, outcome }, durationMs / 1000),
    /** In Prometheus' text format. */
    text: async () => ({ type: registry.contentType, body: await registry.metrics() }),
  }
}

export function createMetricsServer(metrics: Metrics): Server {
  return createServer((req, res) => {
    res.setHeader('X-Request-Id', requestIdOf(req)).setHeader('Cache-Control', 'no-store')
    const [path] = (req.url ?? '').split('?')
    if (!['GET', 'HEAD'].includes(req.method ?? '') || path !== '/metrics') {
      res.writeHead(404).end()
      return
    }
    metrics.text().then(
      ({ type, body }) => res.writeHead(200, { 'content-type': type }).end(body),
      () => res.writeHead(503).end(),
    )
  })
}
