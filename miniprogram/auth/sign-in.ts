/**
 * One login from cool-down to session: `wx.login`, then `POST /v1/login`, at most twice within one
 * deadline. A code is sent once and never again, whatever came back.
 */
import type { SessionAnswer } from './answers'
import { expect, isSessionAnswer } from './answers'
import type { Core } from './core'
import type { AuthError } from './errors'
import { createAuthError, parseFailure } from './errors'
import { arrival } from './order'
import { backoffMs, coolDownMs, spacingMs } from './pace'
import type { Scope } from './scope'
import { pause } from './scope'
import { createJob, send } from './transport'
import { start } from './wx'

/** Called the moment the server has answered, before anyone else can run. */
export type Keep = (answer: SessionAnswer) => void

/** Rejects with the scope's reason when the scope ends, and with `timeout` after `loginTimeoutMs`. */
export async function signIn(core: Core, scope: Scope, keep: Keep): Promise<void> {
  const { loginTimeoutMs } = core.options
  for (let ms; (ms = coolDownMs(core.pace)) > 0;) await scope.wait(pause(ms))
  const endsAtMs = Date.now() + loginTimeoutMs
  const timer = setTimeout(() => {
    scope.end(createAuthError('timeout'))
  }, loginTimeoutMs)
  try {
    for (let last = false; ; last = true) {
      const failure = await exchange(core, scope, await takeCode(core, scope), keep)
      if (!failure) return
      const ms = last ? Infinity : secondTryInMs(failure)
      if (Date.now() + ms >= endsAtMs) throw failure
      await scope.wait(pause(ms))
    }
  } finally {
    clearTimeout(timer)
  }
}

/** @see https://developers.weixin.qq.com/miniprogram/dev/api/open-api/login/wx.login.html */
async function takeCode({ options, order, pace }: Core, scope: Scope): Promise<string> {
  // No await may stand between this check and the call of wx.login.
  for (let ms; (ms = spacingMs(pace)) > 0 || order.sealed > 0;)
    await scope.wait(order.sealed > 0 ? arrival(order) : pause(ms))
  pace.callsAtMs = [Date.now(), ...pace.callsAtMs].slice(0, 4)
  order.codes += 1
  try {
    const timeout = options.loginTimeoutMs
    const { code } = await scope.wait(start<{ code: string }>('login', { timeout }))
    // DevTools without an AppID answers the sentence "the code is a mock one".
    if (/\s/.test(code)) throw createAuthError('unsupported', code, { code: 'MOCK_CODE' })
    return code
  } catch (error) {
    throw parseFailure(error, 'network')
  } finally {
    order.codes -= 1
  }
}

/** Null once signed in, or why the code was spent for nothing. */
async function exchange(
  core: Core,
  scope: Scope,
  code: string,
  keep: Keep,
): Promise<AuthError | null> {
  const { options, order } = core
  const data = { code, ...(options.appid && { appid: options.appid }) }
  const job = createJob(core, { path: '/v1/login', method: 'POST', data }, scope)
  const spend = async (): Promise<null> => {
    const answer = expect(isSessionAnswer, await send(core, job, () => ''))
    if (scope.ended) throw scope.ended
    keep(answer)
    return null
  }
  const outcome = spend().catch((error: unknown) => error as AuthError)
  order.exchange = outcome
  const failure = await outcome
  order.exchange = null
  return failure
}

/** Infinity where a second code would meet the same refusal. */
function secondTryInMs({ kind, code = '', status = 0, retryAfterMs }: AuthError): number {
  if (code.startsWith('WX_CODE_')) return 0
  const passing = kind !== 'api' || (status >= 500 && code !== 'WX_MISCONFIGURED')
  return passing ? backoffMs(0, retryAfterMs) : Infinity
}
