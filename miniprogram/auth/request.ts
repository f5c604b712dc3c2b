/**
 * What every request goes through: the present token, one replay after a 401, two retries of what may be
 * sent again. The answer handed out is always the answer to that request. It knows nothing of paths.
 */
import type { Core } from './core'
import { createAuthError, parseFailure } from './errors'
import { backoffMs } from './pace'
import type { Scope } from './scope'
import { createScope, follow, pause } from './scope'
import { findToken, ready, replace } from './session'
import type { Call } from './transport'
import { send } from './transport'
import type { RequestOptions } from './types'
import type { Reply } from './wx'
import { start } from './wx'

const retriesAtMost = 2

export interface Job {
  scope: Scope
  auth: boolean
  idempotent: boolean
  /** Begins one attempt with the headers that carry the token. */
  call(header: Record<string, string>): Call
}

/** Sends it as often as the rules allow. */
export function request(core: Core, options: RequestOptions): Promise<unknown> {
  return perform(core, createJob(core, options))
}

/** Sends it once and starts no login; the token is looked up the moment it goes out. */
export async function requestOnce(
  core: Core,
  options: RequestOptions,
  find: () => string | null,
): Promise<unknown> {
  const job = createJob(core, options)
  const answer = await send(core.places, job.scope, core.options.timeoutMs, () => {
    const token = find()
    return token === null ? null : job.call(bearer(token))
  })
  if (answer === null) throw createAuthError('api', 'The session has ended', { status: 401 })
  return answer
}

function createJob({ options }: Core, wanted: RequestOptions): Job {
  const { path, method = 'GET', data, auth = true, signal } = wanted
  const { idempotent = method !== 'POST' } = wanted
  const scope = createScope()
  signal?.onAbort(() => scope.end(createAuthError('aborted', `${method} ${path} was aborted`)))
  const call = (header: Record<string, string>): Call => {
    const started = start<Reply>('request', {
      url: options.baseUrl + path,
      method,
      ...(data && { data }),
      header: { ...wanted.header, ...header },
      timeout: options.timeoutMs,
    })
    return () => started
  }
  return { scope, auth, idempotent, call }
}

export async function perform(core: Core, job: Job): Promise<unknown> {
  const { era } = core
  const { scope, auth, idempotent } = job
  let replayed = false
  let retries = 0
  for (;;) {
    // The token is chosen when a place is free, since it may change while the request waits.
    let token: string | null = ''
    if (auth) await scope.wait(follow(ready(core, era)))
    try {
      const answer = await send(core.places, scope, core.options.timeoutMs, () => {
        if (auth) token = findToken(core, era)
        return token === null ? null : job.call(bearer(token))
      })
      if (answer !== null) return answer
    } catch (thrown) {
      const error = parseFailure(thrown, 'network')
      if (auth && !replayed && error.kind === 'api' && error.status === 401) {
        replayed = true
        await scope.wait(follow(replace(core, era, token)))
      } else {
        const passing = /^network|^timeout/.test(error.kind) || error.status === 503
        const ms = backoffMs(retries, error.retryAfterMs)
        if (!idempotent || !passing || retries === retriesAtMost || ms === Infinity) throw error
        retries += 1
        await scope.wait(pause(ms))
      }
    }
  }
}

function bearer(token: string): Record<string, string> {
  return token ? { Authorization: `Bearer ${token}` } : {}
}
