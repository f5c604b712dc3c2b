/** The health routes for operators: /healthz and /readyz. */
import * as z from 'zod'
import type { Store } from '../store/store'
import type { Route } from './route'

const aliveAnswer = z.strictObject({ status: z.literal('ok') })

const unavailableAnswer = z.strictObject({
  status: z.literal('unavailable'),
  failing: z.array(z.enum(['storage', 'redis', 'shutdown'])).min(1),
})

const healthRoute: Route = {
  method: 'get',
  path: '/healthz',
  summary: '200 while the process lives',
  auth: false,
  answer: aliveAnswer,
  errors: [],
  handle: () => ({ status: 'ok' }),
}

export function createServiceRoutes(context: {
  store: Pick<Store, 'assertWritable'>
  isRedisReady: () => Promise<boolean>
  isStopping: () => boolean
}): Route[] {
  const canWrite = () =>
    context.store.assertWritable().then(
      () => true,
      () => false,
    )
  const readyRoute: Route = {
    method: 'get',
    path: '/readyz',
    summary: '200 when this process can serve, else 503 naming the failing part',
    auth: false,
    answer: aliveAnswer,
    errors: [],
    otherAnswers: { 503: unavailableAnswer },
    async handle(_req, res) {
      const [isWritable, isRedisReady] = await Promise.all([canWrite(), context.isRedisReady()])
      const failing = [
        ...(isWritable ? [] : ['storage']),
        ...(isRedisReady ? [] : ['redis']),
        ...(context.isStopping() ? ['shutdown'] : []),
      ]
      if (failing.length === 0) return { status: 'ok' }
      res.status(503).setHeader('Retry-After', 1)
      return { status: 'unavailable', failing }
    },
  }
  return [healthRoute, readyRoute]
}
