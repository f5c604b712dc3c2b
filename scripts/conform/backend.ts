/** The backend under test, the WeChat sandbox behind it, and the calls that the checks need. */
import type { Dialect, Reply } from './dialect'

const TIMEOUT_MS = 15_000

export interface Target {
  url: string
  /** The sandbox that the backend uses as WeChat; without it nobody can log in. */
  sandboxUrl?: string | undefined
  appid: string
  dialect: Dialect
  /** A route that requires a token. */
  protectedPath: string
  /** The route that accepts an avatar as field `avatar`; `none` if there is none. */
  avatarPath: string
  /**
   * The route that accepts encrypted data as `{rawData, signature, encryptedData, iv}`; or `none`.
   */
  profilePath: string
}

export interface Call {
  path: string
  method?: string
  data?: object
  form?: FormData
  header?: Record<string, string>
  token?: string
}

export async function call({ url, dialect }: Target, wanted: Call): Promise<Reply> {
  const { path, method = 'GET', data, form, token } = wanted
  const { header = {}, query = {} } = token === undefined ? {} : dialect.authorize(token)
  const address = new URL(url.replace(/\/$/, '') + path)
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value)
  const json = data && { 'content-type': 'application/json' }
  const response = await fetch(address, {
    method,
    headers: { ...json, ...wanted.header, ...header },
    ...(data && { body: JSON.stringify(data) }),
    ...(form && { body: form }),
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  const text = await response.text()
  return {
    status: response.status,
    header: Object.fromEntries(response.headers),
    body: text === '' ? undefined : parse(text),
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

/** The answer as parsed by the dialect; a dialect that throws could not parse it. */
export function judge({ dialect }: Target, reply: Reply): string {
  try {
    const verdict = dialect.judge(reply)
    return typeof verdict === 'string' ? verdict : verdict.code
  } catch {
    return 'protocol'
  }
}

export function logIn(target: Target, code: string): Promise<Reply> {
  return call(target, target.dialect.login(code))
}

/** The token of a successful login; null when it was refused. */
export function readToken(target: Target, reply: Reply): string | null {
  if (judge(target, reply) !== 'ok') return null
  try {
    return target.dialect.readSession(reply.body)?.token ?? null
  } catch {
    return null
  }
}

/** Calls the sandbox's control API, which acts as the person using WeChat. */
export async function askSandbox<T>(target: Target, path: string, body: object): Promise<T> {
  const response = await fetch(`${target.sandboxUrl}/__sandbox/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  if (!response.ok) throw new Error(`the sandbox answers ${response.status} to ${path}`)
  return (await response.json()) as T
}

export async function createCode(target: Target): Promise<string> {
  const body = { appid: target.appid, user: 'conform' }
  return (await askSandbox<{ code: string }>(target, 'login-code', body)).code
}

/** Throws when the backend accepts no login. */
export async function createToken(target: Target): Promise<string> {
  const reply = await logIn(target, await createCode(target))
  const token = readToken(target, reply)
  if (token === null) throw new Error(`a login with a good code answers ${reply.status}`)
  return token
}
