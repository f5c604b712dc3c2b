/** The dialect of the backend under test: a file given with --dialect, or our own BFF's format. */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { UserError } from '../lib/user-error'

export interface Reply {
  status: number
  body: unknown
  header: Record<string, string>
}

type Verdict = 'ok' | 'login-again' | 'signed-out' | 'protocol' | { code: string; message?: string }

/** The same shape as `AuthOptions.backend` of the login library. */
export interface Dialect {
  login(code: string): {
    path: string
    method?: string
    data?: object
    header?: Record<string, string>
  }
  readSession(body: unknown): { token: string } | null
  judge(reply: Reply): Verdict
  authorize(token: string): { header?: Record<string, string>; query?: Record<string, string> }
  logout?(): { path: string; method?: string }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

export const bffDialect: Dialect = {
  login: (code) => ({ path: '/v1/login', method: 'POST', data: { code } }),
  readSession: (body) =>
    isObject(body) && typeof body['token'] === 'string' ? { token: body['token'] } : null,
  judge({ status, body }) {
    if (status >= 200 && status < 300) return 'ok'
    const { code = String(status) } = (isObject(body) ? (body['error'] ?? {}) : {}) as {
      code?: string
    }
    if (status !== 401) return { code }
    return ['SESSION_ENDED', 'ACCOUNT_DELETED'].includes(code) ? 'signed-out' : 'login-again'
  },
  authorize: (token) => ({ header: { Authorization: `Bearer ${token}` } }),
}

function isDialect(value: unknown): value is Dialect {
  const needed = ['login', 'readSession', 'judge', 'authorize']
  return isObject(value) && needed.every((name) => typeof value[name] === 'function')
}

/** @throws UserError when the file can't be read or exports no dialect. */
export async function loadDialect(file: string | undefined): Promise<Dialect> {
  if (file === undefined) return bffDialect
  try {
    // Imports the user's own file, no code of this project.
    // eslint-disable-next-line no-restricted-syntax
    const exported = (await import(pathToFileURL(resolve(file)).href)) as Record<string, unknown>
    const nested = isObject(exported['default']) ? Object.values(exported['default']) : []
    const found = [...Object.values(exported), ...nested].find(isDialect)
    if (found) return found
  } catch (cause) {
    throw new UserError(`${file} can't be loaded: ${String(cause)}`, { cause })
  }
  throw new UserError(`${file} exports no object with login, readSession, judge and authorize.`)
}
