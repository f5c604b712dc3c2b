/** A private sandbox for a test, and a client that returns the raw response. */
import { createSandbox } from '../../../../scripts/sandbox/sandbox'
import type { SandboxOptions } from '../../../../scripts/sandbox/sandbox'

export const MINI = 'wx5a6dbc0000000001'
export const OFFICIAL = 'wx5a6dbc0000000002'
export const WEBSITE = 'wx5a6dbc0000000003'
export const secretOf = (appid: string): string => `sandbox-secret-${appid}`

/** The rest of a request passed directly to an endpoint. */
export const NO_BODY = { body: '', headers: {}, target: '/', params: {} }

export type Json = Record<string, unknown>

export interface Reply {
  readonly status: number
  readonly type: string | null
  readonly text: string
  readonly json: Json
}

export interface Client {
  readonly url: string
  /** GET one of WeChat's endpoints. */
  get(path: string, query?: Record<string, string>): Promise<Reply>
  /** POST JSON to one of WeChat's endpoints. */
  post(path: string, query: Record<string, string>, body: unknown): Promise<Reply>
  /** Call a control endpoint; 200 is expected. */
  control(path: string, body?: unknown, method?: string): Promise<Json>
  /** Call a control endpoint, whatever it answers. */
  tryControl(path: string, body?: unknown, method?: string): Promise<Reply>
  loginCode(user: string, appid?: string, more?: Json): Promise<string>
  exchange(code: string, change?: Record<string, string>): Promise<Reply>
  /** A new access_token of this app. */
  accessToken(appid?: string): Promise<string>
  advance(seconds: number): Promise<void>
  stop(): Promise<void>
}

async function readReply(response: Response): Promise<Reply> {
  const text = await response.text()
  let json: Json = {}
  try {
    json = JSON.parse(text) as Json
  } catch {
    // Not every reply is JSON; the text is always available.
  }
  return { status: response.status, type: response.headers.get('content-type'), text, json }
}

export async function startClient(options: SandboxOptions = {}): Promise<Client> {
  const sandbox = createSandbox(options)
  const { url } = await sandbox.listen()
  const ask = async (target: string, init: RequestInit = {}): Promise<Reply> =>
    readReply(await fetch(url + target, { redirect: 'manual', ...init }))
  const search = (query: Record<string, string>): string => `?${new URLSearchParams(query)}`
  const tryControl: Client['tryControl'] = (path, body, method = 'POST') =>
    ask(`/__sandbox/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  const control: Client['control'] = async (path, body, method) => {
    const reply = await tryControl(path, body, method)
    if (reply.status !== 200) throw new Error(`${path}: ${reply.status} ${reply.text}`)
    return reply.json
  }
  return {
    url,
    get: (path, query = {}) => ask(path + search(query)),
    post: (path, query, body) =>
      ask(path + search(query), {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    control,
    tryControl,
    loginCode: async (user, appid = MINI, more = {}) =>
      String((await control('login-code', { appid, user, ...more }))['code']),
    exchange: (code, change = {}) =>
      ask(
        '/sns/jscode2session' +
          search({
            appid: MINI,
            secret: secretOf(MINI),
            js_code: code,
            grant_type: 'authorization_code',
            ...change,
          }),
      ),
    accessToken: async (appid = MINI) => {
      const query = { grant_type: 'client_credential', appid, secret: secretOf(appid) }
      return String((await ask(`/cgi-bin/token${search(query)}`)).json['access_token'])
    },
    advance: async (seconds) => {
      await control('clock', { advanceSeconds: seconds })
    },
    stop: () => sandbox.close(),
  }
}

/** The errcode of a reply, or undefined. */
export const errcodeOf = (reply: Reply): unknown => reply.json['errcode']
