/**
 * A phone without a screen: the global `wx` for tests. Its wx.login asks the sandbox, and its
 * requests are real.
 */
import { SANDBOX_MINI_PROGRAM } from '../../lib/defaults'

interface Callbacks {
  success?: (result: object) => void
  fail?: (failure: { errMsg: string }) => void
  complete?: (result: object) => void
}

interface RequestOptions extends Callbacks {
  url: string
  method?: string
  data?: object
  header?: Record<string, string>
}

export interface NodeWxOptions {
  sandboxUrl: string
  backendUrl: string
  /** The origin in the mini-program's settings, which is replaced by the backend's. */
  devOrigin: string
}

/** Calls back as WeChat does: asynchronously, and with `success` for every HTTP status. */
function callBack(callbacks: Callbacks, name: string, work: Promise<object>): void {
  work.then(
    (result) => {
      callbacks.success?.(result)
      callbacks.complete?.(result)
    },
    (error: unknown) => {
      const failure = { errMsg: `${name}:fail ${String(error)}` }
      callbacks.fail?.(failure)
      callbacks.complete?.(failure)
    },
  )
}

async function askForCode(sandboxUrl: string): Promise<object> {
  const answer = await fetch(`${sandboxUrl}/__sandbox/login-code`, {
    method: 'POST',
    body: JSON.stringify({ appid: SANDBOX_MINI_PROGRAM, user: 'test' }),
  })
  const { code } = (await answer.json()) as { code: string }
  return { code, errMsg: 'login:ok' }
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

async function send(url: string, { method = 'GET', data, header }: RequestOptions) {
  const answer = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...header },
    ...(method !== 'GET' && data !== undefined && { body: JSON.stringify(data) }),
  })
  return {
    statusCode: answer.status,
    data: parseBody(await answer.text()),
    header: Object.fromEntries(answer.headers),
  }
}

function createStorage(): object {
  const storage = new Map<string, unknown>()
  return {
    getStorageSync: (key: string) => storage.get(key) ?? '',
    setStorageSync: (key: string, value: unknown) => void storage.set(key, value),
    removeStorageSync: (key: string) => void storage.delete(key),
  }
}

/** Only the APIs that a login library uses; the preview implements pages and pictures. */
export function createNodeWx({ sandboxUrl, backendUrl, devOrigin }: NodeWxOptions): object {
  return {
    ...createStorage(),
    login: (options: Callbacks) => callBack(options, 'login', askForCode(sandboxUrl)),
    checkSession: (options: Callbacks) =>
      callBack(options, 'checkSession', Promise.resolve({ errMsg: 'checkSession:ok' })),
    request(options: RequestOptions) {
      callBack(options, 'request', send(options.url.replace(devOrigin, backendUrl), options))
      return { abort: () => undefined }
    },
    getAccountInfoSync: () => ({
      miniProgram: { appId: SANDBOX_MINI_PROGRAM, envVersion: 'develop', version: '' },
    }),
    getAppBaseInfo: () => ({ SDKVersion: '3.15.1' }),
  }
}
