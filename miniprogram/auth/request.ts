/**
 * The rules of every request: the present token, one replay after a 401, two retries if it is idempotent. The
 * caller always gets the answer to its own request. The rules are the same for all paths.
 *
 * After a 401 to the present token the session is renewed and the request sent once more. After a late 401, to
 * an older token, it is only sent again with the present one. An answer that means `signed-out` logs out.
 */
import type { AuthError } from './errors'
import { createAuthError } from './errors'
import { ready, syncAndLaunch } from './login'
import type { State } from './session'
import { dropToken, findToken, refusesToken } from './session'
import type { Outcome } from './transport'
import { assertPath, createCall, send, unwrap } from './transport'
import type { CustomCall, RequestOptions } from './types'
import type { Cancellation } from './waits'
import { backoffMs, createCancellation, follow, pause } from './waits'

const MAX_RETRIES = 2
const IDEMPOTENT_METHODS = ['GET', 'PUT', 'DELETE']

/** What the rules need to know of a call. */
type Job = Pick<CustomCall, 'auth' | 'idempotent' | 'hasDelivered'>

type Attempt = (findPresentToken: (() => string | null) | undefined) => Promise<Outcome>

export async function request(state: State, options: RequestOptions): Promise<unknown> {
  const { method = 'GET', idempotent = IDEMPOTENT_METHODS.includes(method) } = options
  // The library sets the token, so an `Authorization` of the caller is dropped, in any letter case.
  const header: Record<string, string> = {}
  for (const [name, value] of Object.entries(options.header ?? {}))
    if (!/^authorization$/i.test(name)) header[name] = value
  return sendCustom(state, { ...createCall(state, { ...options, header }), idempotent })
}

/** A call by any API, such as an upload, a download, a stream. */
export async function sendCustom(state: State, call: CustomCall): Promise<unknown> {
  assertPath(call.path)
  const cancellation = createCancellation()
  call.signal?.onAbort(() => cancellation.cancel(createAuthError('aborted')))
  const body = await sendWithRetries(state, call, cancellation, (findPresentToken) =>
    send(state, call, findPresentToken, cancellation),
  )
  return unwrap(state, body)
}

/** For third-party SDKs: `sendBySdk` gets the token. */
export function withToken<T>(state: State, sendBySdk: (token: string) => Promise<T>): Promise<T> {
  const job = { idempotent: false }
  const answer = sendWithRetries(state, job, createCancellation(), async (findPresentToken) => {
    const token = findPresentToken?.()
    return token ? { body: await sendBySdk(token) } : null
  })
  return answer as Promise<T>
}

async function sendWithRetries(
  state: State,
  { auth = true, idempotent, hasDelivered }: Job,
  { wait }: Cancellation,
  attempt: Attempt,
): Promise<unknown> {
  const { generation } = state
  let isReplay = false
  let retries = 0
  for (;;) {
    if (auth) await wait(follow(() => ready(state, generation)))
    else syncAndLaunch(state)
    let token = null as string | null
    try {
      // Read when a slot is free, since the token may change while the request waits.
      const findPresentToken = () => (token = findToken(state, generation))
      const outcome = await attempt(auth ? findPresentToken : undefined)
      if (outcome) return outcome.body
    } catch (thrown) {
      const error = thrown as AuthError
      if (token !== null && refusesToken(error)) {
        const isSignedOut = error.kind === 'signed-out'
        // A second refusal is only passed to the caller, unless it says that the person is signed out.
        if (!isReplay || isSignedOut) dropToken(state, token, isSignedOut)
        if (isReplay || (isSignedOut && generation !== state.generation) || hasDelivered?.())
          throw error
        isReplay = true
      } else {
        const ms = idempotent ? retryInMs(error, retries) : Infinity
        if (ms === Infinity || hasDelivered?.()) throw error
        retries += 1
        await wait(pause(ms))
      }
    }
  }
}

/** Infinity if it is not sent again. */
function retryInMs({ kind, status, retryAfterMs }: AuthError, retries: number): number {
  const mayPass = kind === 'network' || kind === 'timeout' || status === 503
  return mayPass && retries < MAX_RETRIES ? backoffMs(retries, retryAfterMs) : Infinity
}
