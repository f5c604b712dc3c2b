/** As much of WeChat and of a backend as a client needs to log in; the checks script what goes wrong. */
interface Options {
  url: string
  data?: { code?: string }
  header?: Record<string, string>
  success?(result: object): void
  fail?(failure: object): void
  complete?(result: object): void
}

export interface FakeWx {
  api: object
  /** Calls of wx.login so far. */
  logins: number
  /** Codes that were sent more than once. */
  usedTwice: number
  /** The server forgets every token. */
  revokeAll(): void
  /** Keeps the next answer to this path back until the function that it returns is called. */
  holdBack(path: string): () => void
  untilHeldBack(): Promise<void>
  refuseAlways(path: string): void
  failNextExchange(): void
  hangNextLogin(): void
  countOf(path: string): number
}

const LOGIN_PATH = '/v1/login'
const STEP_MS = 5

export function createFakeWx(): FakeWx {
  const storage = new Map<string, unknown>()
  const tokens = new Set<string>()
  const codes = new Set<string>()
  const counts = new Map<string, number>()
  let heldPath = ''
  let refusedPath = ''
  let release: (() => void) | null = null
  let noteHeld: () => void = () => undefined
  const held = new Promise<void>((resolve) => (noteHeld = resolve))
  let isNextLoginSilent = false
  let isNextExchangeLost = false

  function answer(path: string, { data, header = {} }: Options): { status: number; body: object } {
    const refuse = (status: number, code: string) => ({ status, body: { error: { code } } })
    if (path === LOGIN_PATH) {
      const code = String(data?.code)
      if (codes.has(code)) fake.usedTwice += 1
      if (codes.has(code)) return refuse(400, 'WX_CODE_USED')
      codes.add(code)
      if (isNextExchangeLost) {
        isNextExchangeLost = false
        return refuse(503, 'WX_UNAVAILABLE')
      }
      const token = `token-${codes.size}`
      tokens.add(token)
      const expiresAt = new Date(Date.now() + 86_400_000).toISOString()
      return { status: 200, body: { token, expiresAt, user: { id: 'user-1' }, isNew: false } }
    }
    const sent = Object.entries(header).find(([name]) => name.toLowerCase() === 'authorization')
    const token = sent?.[1].replace(/^Bearer /, '') ?? ''
    if (path === refusedPath || !tokens.has(token)) return refuse(401, 'TOKEN_INVALID')
    return { status: 200, body: { asked: path } }
  }

  function request(options: Options): object {
    const path = options.url.replace(/^https?:\/\/[^/]+/, '')
    counts.set(path, (counts.get(path) ?? 0) + 1)
    const reply = (): void => {
      const { status, body } = answer(path, options)
      const result = { statusCode: status, data: body, header: {}, errMsg: 'request:ok' }
      options.success?.(result)
      options.complete?.(result)
    }
    if (path === heldPath) {
      heldPath = ''
      const late = { statusCode: 401, data: { error: { code: 'TOKEN_INVALID' } }, header: {} }
      release = () => options.success?.(late)
      noteHeld()
    } else {
      setTimeout(reply, STEP_MS)
    }
    return { abort: () => undefined }
  }

  function login({ success, complete }: Options): void {
    fake.logins += 1
    if (isNextLoginSilent) {
      isNextLoginSilent = false
      return
    }
    const result = { code: `code-${fake.logins}`, errMsg: 'login:ok' }
    setTimeout(() => {
      success?.(result)
      complete?.(result)
    }, STEP_MS)
  }

  const fake: FakeWx = {
    api: {
      login,
      request,
      checkSession: ({ success }: Options) => void setTimeout(() => success?.({}), STEP_MS),
      getStorageSync: (key: string) => storage.get(key) ?? '',
      setStorageSync: (key: string, value: unknown) => void storage.set(key, value),
      removeStorageSync: (key: string) => void storage.delete(key),
      getAccountInfoSync: () => ({ miniProgram: { appId: 'wx1', envVersion: 'develop' } }),
    },
    logins: 0,
    usedTwice: 0,
    revokeAll: () => tokens.clear(),
    holdBack(path) {
      heldPath = path
      return () => release?.()
    },
    untilHeldBack: () => held,
    refuseAlways: (path) => void (refusedPath = path),
    failNextExchange: () => void (isNextExchangeLost = true),
    hangNextLogin: () => void (isNextLoginSilent = true),
    countOf: (path) => counts.get(path) ?? 0,
  }
  return fake
}
