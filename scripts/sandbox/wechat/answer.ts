/**
 * Answers a request to one of WeChat's endpoints as WeChat would: HTTP 200 also for errors, text/plain
 * under /sns/, application/json elsewhere.
 */
import type { Answer } from '../http'
import type { World } from '../world/world'
import type { Endpoint, WechatRequest } from './endpoint'
import { exchangeLoginCode } from './login'
import { Refusal, errorBody } from './refusal'

interface Served {
  readonly methods: readonly string[]
  readonly endpoint: Endpoint
}

const ENDPOINTS: Readonly<Record<string, Served>> = {
  '/sns/jscode2session': { methods: ['GET', 'POST'], endpoint: exchangeLoginCode },
}

export const WECHAT_PATHS: readonly string[] = Object.keys(ENDPOINTS)

/** An answer and how it is called in the list of calls. */
export interface WechatAnswer extends Answer {
  readonly outcome: string
}

const contentTypeOf = (path: string): string =>
  path.startsWith('/sns/') ? 'text/plain' : 'application/json'

/** The answer that carries this errcode, as this path would give it. */
export function refuse(path: string, errcode: number, nowMs: number, status = 200): WechatAnswer {
  const body = JSON.stringify(errorBody(path, errcode, new Refusal(errcode).message, nowMs))
  return { status, contentType: contentTypeOf(path), body, outcome: `errcode ${errcode}` }
}

export function answerWechat(world: World, request: WechatRequest): WechatAnswer {
  const { path, method } = request
  const served = ENDPOINTS[path]
  if (served === undefined) return refuse(path, 40066, world.clock.wallMs(), 404)
  if (!served.methods.includes(method)) {
    return refuse(path, served.methods.includes('GET') ? 43001 : 43002, world.clock.wallMs())
  }
  try {
    const body = JSON.stringify(served.endpoint(world, request))
    return { status: 200, contentType: contentTypeOf(path), body, outcome: 'ok' }
  } catch (error) {
    if (error instanceof Refusal) return refuse(path, error.errcode, world.clock.wallMs())
    throw error
  }
}
