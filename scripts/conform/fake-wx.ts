/** As much of WeChat and of a backend as a client needs to log in; the checks script what goes wrong. */
interface Options {
  url: string
  data?: { code?: string }
  header?: Record<string, string>
  success?: (result: object) => void
  fail?: (failure: object) => void
  complete?: (result: object) => void
}

export interface FakeWx {
  api: object
  /** Calls of wx.login so far. */
  logins: number
  /** Codes that were sent more than once. */
  usedTwice(): number
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

interface Answer {
  status: number
  body: object
}

/** The scripted backend: codes work once, tokens live until they are revoked. */
class Backend {
  readonly tokens = new Set<string>()
  readonly codes = new Set<string>()
  usedTwice = 0
  refusedPath = ''
  isNextExchangeLost = false

  answer(path: string, { data, header = {} }: Options): Answer {
    if (path === LOGIN_PATH) return this.logIn(String(data?.code))
    const sent = Object.entries(header).find(([name]) => name.toLowerCase() === 'authorization')
    const token = sent?.[1].replace(/^Bearer /, '') ?? ''
    if (path === this.refusedPath || !this.tokens.has(token)) return refuse(401, 'TOKEN_INVALID')
    return { status: 200, body: { asked: path } }
  }

  private logIn(code: string): Answer {
    if (this.codes.has(code)) {
      this.usedTwice += 1
      return refuse(400, 'WX_CODE_USED')
    }
    this.codes.add(code)
    if (this.isNextExchangeLost) {
      this.isNextExchangeLost = false
      return refuse(503, 'WX_UNAVAILABLE')
    }
    const token = `token-${this.codes.size}`
    this.tokens.add(token)
    const expiresAt = new Date(Date.now() + 86_400_000).toISOString()
    return { status: 200, body: { token, expiresAt, user: { id: 'user-1' }, isNew: false } }
  }
}

function refuse(status: number, code: string): Answer {
  return { status, body: { error: { code } } }
}

/** What a client keeps and asks of the phone. */
function createPhone(): object {
  const storage = new Map<string, unknown>()
  return {
    checkSession: ({ success }: Options) => void setTimeout(() => success?.({}), STEP_MS),
    getStorageSync: (key: string) => storage.get(key) ?? '',
    setStorageSync: (key: string, value: unknown) => void storage.set(key, value),
    removeStorageSync: (key: string) => void storage.delete(key),
    getAccountInfoSync: () => ({ miniProgram: { appId: 'wx1', envVersion: 'develop' } }),
  }
}

function report({ success, complete }: Options, result: object): void {
  success?.(result)
  complete?.(result)
}

/** A promise that is resolved from outside. */
function createGate(): { opened: Promise<void>; open: () => void } {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open }
}

export function createFakeWx(): FakeWx {
  const backend = new Backend()
  const counts = new Map<string, number>()
  let heldPath = ''
  let release = (): void => undefined
  const held = createGate()
  let isNextLoginSilent = false

  function request(options: Options): object {
    const path = options.url.replace(/^https?:\/\/[^/]+/, '')
    counts.set(path, (counts.get(path) ?? 0) + 1)
    const give = ({ status, body }: Answer): void =>
      report(options, { statusCode: status, data: body, header: {} })
    if (path === heldPath) {
      heldPath = ''
      release = () => give(refuse(401, 'TOKEN_INVALID'))
      held.open()
    } else {
      setTimeout(() => give(backend.answer(path, options)), STEP_MS)
    }
    return { abort: () => undefined }
  }

  function login(options: Options): void {
    fake.logins += 1
    const result = { code: `code-${fake.logins}` }
    if (!isNextLoginSilent) setTimeout(() => report(options, result), STEP_MS)
    isNextLoginSilent = false
  }

  const fake: FakeWx = {
    api: { ...createPhone(), login, request },
    logins: 0,
    usedTwice: () => backend.usedTwice,
    revokeAll: () => backend.tokens.clear(),
    holdBack(path) {
      heldPath = path
      return () => release()
    },
    untilHeldBack: () => held.opened,
    refuseAlways: (path) => void (backend.refusedPath = path),
    failNextExchange: () => void (backend.isNextExchangeLost = true),
    hangNextLogin: () => void (isNextLoginSilent = true),
    countOf: (path) => counts.get(path) ?? 0,
  }
  return fake
}
