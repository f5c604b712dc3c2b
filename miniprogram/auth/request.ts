/**
 * What every request goes through: the present token, one replay after a 401, two retries of what may be
 * sent again. The answer handed out is always the answer to that request. It knows nothing of paths.
 *
 * After a 401 to the present token the session is renewed and the request sent once more. A late 401, to an
 * older token, is only sent again with the present one. An answer that says `signed-out` logs out.
 */
import type { AuthError } from './errors'
import { createAuthError, fieldsOf } from './errors'
import { ready } from './login'
import { sendSealedData } from './sealed-data'
import type { State } from './session'
import { dropToken, findToken } from './session'
import type { Outcome } from './transport'
import { assertPath, createCall, send, unwrap, withoutHeaders } from './transport'
import type { AbortSignalLike, Call, CustomCall, RequestOptions } from './types'
import type { Cancellation } from './waits'
import { backoffMs, createCancellation, follow, pause } from './waits'

const MAX_RETRIES = 2

/** What the rules need to know of something that may be sent several times. */
interface Job {
  auth: boolean
  idempotent: boolean
  cancellation: Cancellation
  /** Whether the caller has had a part of the answer already: then it is not sent again. */
  hasDelivered?: (() => boolean) | undefined
}

type Attempt = (findPresentToken: (() => string | null) | undefined) => Promise<Outcome>

export async function request(state: State, options: RequestOptions): Promise<unknown> {
  const { auth, method, idempotent = method !== 'POST', signal } = options
  return sendCustom(state, { ...createRequest(state, options), idempotent, signal }, auth)
}

/** Sends it once, between logins; see sealed-data.ts. Call it in the turn in which the data was made. */
export async function requestSealed(
  state: State,
  generation: number,
  options: RequestOptions,
  onAnswer?: () => void,
): Promise<unknown> {
  const call = createRequest(state, options)
  return unwrap(state, await sendSealedData(state, generation, call, onAnswer))
}

/** A call by any API, such as an upload, a download, a stream. */
export async function sendCustom(state: State, call: CustomCall, auth = true): Promise<unknown> {
  assertPath(call.path)
  const cancellation = createCancellation()
  call.signal?.onAbort(() => cancellation.cancel(createAuthError('aborted')))
  const body = await sendWithRetries(state, { ...call, auth, cancellation }, (findPresentToken) =>
    send(state, call, cancellation, findPresentToken),
  )
  return unwrap(state, body)
}

/** For SDKs of others: `send` gets the token, and what tells it of a logout. */
export async function withToken<T>(
  state: State,
  sendBySdk: (token: string, untilLogout: AbortSignalLike) => Promise<T>,
): Promise<T> {
  const listeners = new Set<() => void>()
  const untilLogout: AbortSignalLike = { onAbort: (fn) => void listeners.add(fn) }
  const endAll = (): void => listeners.forEach((end) => end())
  state.untilLogout.add(endAll)
  try {
    const job = { auth: true, idempotent: false, cancellation: createCancellation() }
    const answer = await sendWithRetries(state, job, async (findPresentToken) => {
      const token = findPresentToken?.()
      return token ? { body: await sendBySdk(token, untilLogout) } : null
    })
    return answer as T
  } finally {
    state.untilLogout.delete(endAll)
  }
}

/** The token is the library's matter, so an `Authorization` of the caller is dropped, in any case. */
function createRequest(state: State, { header = {}, ...wanted }: RequestOptions): Call {
  return createCall(state, { ...wanted, header: withoutHeaders(header, ['authorization']) })
}

async function sendWithRetries(state: State, job: Job, attempt: Attempt): Promise<unknown> {
  const { generation } = state
  const { auth, cancellation, hasDelivered = () => false } = job
  let isReplay = false
  let retries = 0
  for (;;) {
    if (cancellation.reason) throw cancellation.reason
    if (auth) await cancellation.wait(follow(ready(state, generation)))
    let token = null as string | null
    try {
      // Asked when a slot is free, since the token may change while the request waits.
      const findPresentToken = () => (token = findToken(state, generation))
      const outcome = await attempt(auth ? findPresentToken : undefined)
      if (outcome) return outcome.body
    } catch (thrown) {
      const error = thrown as AuthError
      if (auth && token !== null && isTokenRefused(error)) {
        // A second refusal is the caller's matter, unless it says that the person is signed out.
        if (isReplay && error.kind !== 'signed-out') throw error
        dropToken(state, token, error.kind === 'signed-out')
        const isSignedOut = error.kind === 'signed-out' && generation !== state.generation
        if (isReplay || isSignedOut || hasDelivered()) throw error
        isReplay = true
      } else {
        const ms = job.idempotent && !hasDelivered() ? retryInMs(error, retries) : Infinity
        if (ms === Infinity) throw error
        retries += 1
        await cancellation.wait(pause(ms))
      }
    }
  }
}

/** Infinity where it is not sent again. */
function retryInMs({ kind, status, retryAfterMs }: AuthError, retries: number): number {
  const mayPass = kind === 'network' || kind === 'timeout' || status === 503
  return mayPass && retries < MAX_RETRIES ? backoffMs(retries, retryAfterMs) : Infinity
}

/** Also for the rejection of an SDK: it has the status at least. */
function isTokenRefused(error: unknown): boolean {
  const { kind, loginAgain, status } = fieldsOf(error)
  return loginAgain === true || status === 401 || (kind === 'signed-out' && status !== undefined)
}
