/**
 * One login from cool-down to session: `wx.login`, then `POST /v1/login`, at most twice within one
 * deadline. A code is sent once and never again, whatever came back.
 */
import type { SessionAnswer } from './answers'
import { parseSessionAnswer } from './answers'
import type { Core } from './core'
import type { AuthError } from './errors'
import { createAuthError, parseFailure } from './errors'
import { backoffMs } from './pace'
import type { Scope } from './scope'
import { pause } from './scope'
import { send } from './transport'
import type { Reply } from './wx'
import { start } from './wx'

/** Called the moment the server has answered, before anyone else can run. */
export type Keep = (answer: SessionAnswer) => void

/** Rejects with the scope's reason when the scope ends, and with `timeout` after `loginTimeoutMs`. */
export async function signIn(core: Core, scope: Scope, keep: Keep): Promise<void> {
  const { pace } = core
  const { loginTimeoutMs } = core.options
  for (let ms; (ms = pace.coolDownMs()) > 0;) await scope.wait(pause(ms))
  const endsAtMs = Date.now() + loginTimeoutMs
  const timer = setTimeout(() => {
    scope.end(createAuthError('timeout', `No login within ${loginTimeoutMs} ms`))
  }, loginTimeoutMs)
  try {
    const failure = await exchange(core, scope, await takeCode(core, scope), keep)
    if (!failure) return
    const ms = secondTryInMs(failure)
    if (Date.now() + ms >= endsAtMs) throw failure
    await scope.wait(pause(ms))
    const secondFailure = await exchange(core, scope, await takeCode(core, scope), keep)
    if (secondFailure) throw secondFailure
  } finally {
    clearTimeout(timer)
  }
}

/** @see https://developers.weixin.qq.com/miniprogram/dev/api/open-api/login/wx.login.html */
async function takeCode({ options, order, pace }: Core, scope: Scope): Promise<string> {
  // No await may stand between this check and the call of wx.login.
  for (let ms; (ms = pace.spacingMs()) > 0 || order.sealed > 0;)
    await scope.wait(order.sealed > 0 ? order.arrival : pause(ms))
  pace.called()
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
  { options, order, places }: Core,
  scope: Scope,
  code: string,
  keep: Keep,
): Promise<AuthError | null> {
  const { baseUrl, appid, timeoutMs } = options
  const call = start<Reply>('request', {
    url: `${baseUrl}/v1/login`,
    method: 'POST',
    data: { code, ...(appid && { appid }) },
    timeout: timeoutMs,
  })
  const outcome = send(places, scope, timeoutMs, () => () => call)
    .then((body) => {
      const answer = parseSessionAnswer(body)
      if (scope.ended) throw scope.ended
      keep(answer)
      return null
    })
    .catch((error: unknown) => parseFailure(error, 'protocol'))
  const exchanged = outcome.then((failure) => !failure)
  order.exchange = exchanged
  const failure = await outcome
  if (order.exchange === exchanged) order.exchange = null
  return failure
}

/** Infinity where a second code would meet the same refusal. */
function secondTryInMs({ kind, code = '', status = 0, retryAfterMs }: AuthError): number {
  if (code.startsWith('WX_CODE_')) return 0
  const passing = kind !== 'api' || (status >= 500 && code !== 'WX_MISCONFIGURED')
  return passing ? backoffMs(0, retryAfterMs) : Infinity
}
