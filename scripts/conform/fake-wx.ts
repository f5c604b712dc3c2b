/**
 * The parts of WeChat and of a backend that a client needs to log in; the checks script the
 * failures.
 */
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
  /** Number of wx.login calls so far. */
  logins: number
  /** Codes that were sent more than once. */
  usedTwice(): number
  /** Makes the server forget every token. */
  revokeAll(): void
  /** Holds back the next answer to this path until the returned function is called. */
  holdBack(path: string): () => void
  untilHeldBack(): Promise<void>
  refuseAlways(path: string): void
  failNextExchange(): void
  hangNextLogin(): void
  countOf(path: string): number
}

const STEP_MS = 5

/** How a client's requests and answers differ from those of `miniprogram/auth/`. */
export interface Wire {
  loginPath: string
  /** The login code in a request to `loginPath`. */
  readCode: (request: Options) => string | undefined
  /** The token in any other request. */
  readToken: (request: Options) => string | undefined
  /** The body of a login that succeeded. */
  session: (token: string) => object
  /** The answer to an invalid token. */
  refusal: Answer
}

const bffWire: Wire = {
  loginPath: '/v1/login',
  readCode: ({ data }) => data?.code,
  readToken({ header = {} }) {
    const sent = Object.entries(header).find(([name]) => name.toLowerCase() === 'authorization')
    return sent?.[1].replace(/^Bearer /, '')
  },
  session: (token) => ({
    token,
    expiresAt: new Date(Date.now() + 86_400_000).toISOString(),
    user: { id: 'user-1' },
    isNew: false,
  }),
  refusal: refuse(401, 'TOKEN_INVALID'),
}

interface Answer {
  status: number
  body: object
}

/** The scripted backend: each code works once, and tokens stay valid until revoked. */
class Backend {
  readonly tokens = new Set<string>()
  readonly codes = new Set<string>()
  usedTwice = 0
  refusedPath = ''
  isNextExchangeLost = false

  constructor(readonly wire: Wire) {}

  answer(path: string, request: Options): Answer {
    const { loginPath, readCode, readToken, refusal } = this.wire
    if (path === loginPath) return this.logIn(String(readCode(request)))
    const isValid = this.tokens.has(readToken(request) ?? '')
    if (path === this.refusedPath || !isValid) return refusal
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
    return { status: 200, body: this.wire.session(token) }
  }
}

function refuse(status: number, code: string): Answer {
  return { status, body: { error: { code } } }
}

/** WeChat's answer since 2021, for clients that ask for a profile before they log in. */
const ANONYMOUS = { userInfo: { nickName: '微信用户' }, encryptedData: 'sealed', iv: 'iv' }

const SOCKET_EVENTS = ['onSocketOpen', 'onSocketMessage', 'onSocketClose', 'onSocketError']

/** The storage and system APIs that a client uses. */
function createPhone(): object {
  const storage = new Map<string, unknown>()
  return {
    checkSession: ({ success }: Options) => void setTimeout(() => success?.({}), STEP_MS),
    getUserInfo: ({ success }: Options) => void setTimeout(() => success?.(ANONYMOUS), STEP_MS),
    getStorageSync: (key: string) => storage.get(key) ?? '',
    setStorageSync: (key: string, value: unknown) => void storage.set(key, value),
    removeStorageSync: (key: string) => void storage.delete(key),
    // Clients with their own sockets register listeners while they load.
    ...Object.fromEntries(SOCKET_EVENTS.map((event) => [event, () => undefined])),
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

export function createFakeWx(wire: Wire = bffWire): FakeWx {
  const backend = new Backend(wire)
  const counts = new Map<string, number>()
  let heldPath = ''
  let release = (): void => undefined
  const held = createGate()
  let isNextLoginSilent = false

  function request(options: Options): object {
    const path = options.url.replace(/^https?:\/\/[^/]+|\?.*$/g, '')
    counts.set(path, (counts.get(path) ?? 0) + 1)
    const give = ({ status, body }: Answer): void =>
      report(options, { statusCode: status, data: body, header: {} })
    if (path === heldPath) {
      heldPath = ''
      release = () => give(wire.refusal)
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
