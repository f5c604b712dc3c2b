/** What operators and tools ask: is it alive, is it ready, what can it do. */
import { aliveAnswer, unavailableAnswer } from '../schemas'
import type { Route, Services } from './route'

function readyRoute({ store, isRedisReady, isStopping }: Services): Route {
  return {
    method: 'get',
    path: '/readyz',
    summary: '200 when this process can serve, else 503 naming the failing part',
    auth: false,
    answer: aliveAnswer,
    unavailable: unavailableAnswer,
    errors: [],
    async handle(_req, res) {
      const isWritable = store.assertWritable().then(
        () => true,
        () => false,
      )
      const [isStored, isShared] = await Promise.all([isWritable, isRedisReady()])
      const failing = [
        ...(isStored ? [] : ['storage']),
        ...(isShared ? [] : ['redis']),
        ...(isStopping() ? ['shutdown'] : []),
      ]
      if (failing.length === 0) return { status: 'ok' }
      res.status(503).setHeader('Retry-After', 1)
      return { status: 'unavailable', failing }
    },
  }
}

/** @param openapi makes the document; asked once, when it is first wanted. */
export function createServiceRoutes(services: Services, openapi: () => Promise<object>): Route[] {
  return [
    {
      method: 'get',
      path: '/healthz',
      summary: '200 while the process lives',
      auth: false,
      answer: aliveAnswer,
      errors: [],
      handle: () => Promise.resolve({ status: 'ok' }),
    },
    readyRoute(services),
    {
      method: 'get',
      path: '/openapi.json',
      summary: 'This document',
      auth: false,
      answerType: 'application/json',
      errors: [],
      handle: openapi,
    },
  ]
}
