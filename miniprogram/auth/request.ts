/**
 * What every request goes through: the present token, one replay after a 401, two retries of what may be
 * sent again. The answer handed out is always the answer to that request. It knows nothing of paths.
 */
import type { Core } from './core'
import type { AuthError } from './errors'
import { backoffMs } from './pace'
import { follow, nothing, pause } from './scope'
import { discard, findToken, ready, seal } from './session'
import type { Job } from './transport'
import { createJob, send } from './transport'
import type { RequestOptions } from './types'

/** Sends it as often as the rules allow. */
export function request(core: Core, options: RequestOptions): Promise<unknown> {
  return perform(core, createJob(core, options))
}

/** Sends it once, between logins; see seal() for the order it keeps. `done` runs before the next login. */
export function requestSealed(
  core: Core,
  era: number,
  options: RequestOptions,
  done = nothing,
): Promise<unknown> {
  return seal(core, era, async () => {
    const answer = await send(core, createJob(core, options), () => findToken(core, era))
    if (answer !== null) done()
    return answer
  })
}

export async function perform(core: Core, job: Job): Promise<unknown> {
  const { era } = core
  const { scope, auth, idempotent } = job
  let replayed = false
  let retries = 0
  for (;;) {
    let token: string | null = ''
    // Asked when a place is free, since the token may change while the request waits.
    const find = (): string | null => (auth ? (token = findToken(core, era)) : token)
    if (auth) await scope.wait(follow(ready(core, era)))
    try {
      const answer = await send(core, job, find)
      if (answer !== null) return answer
    } catch (thrown) {
      const { kind, status, retryAfterMs } = thrown as AuthError
      if (auth && !replayed && kind === 'api' && status === 401) {
        replayed = true
        discard(core, token)
      } else {
        const passing = /network|timeout/.test(kind) || status === 503
        const ms = passing && idempotent ? backoffMs(retries, retryAfterMs) : Infinity
        if (retries === 2 || ms === Infinity) throw thrown
        retries += 1
        await scope.wait(pause(ms))
      }
    }
  }
}
