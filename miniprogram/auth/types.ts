/** The public types of the library, without its inner workings. */
import type { User } from '../../typings/api'
import type { Starter, WxReply, WxTask } from './wx'

export interface AuthOptions {
  /** The URL of the backend, `https://api.example.com`, without a trailing slash. */
  baseUrl: string
  /** Sent on login if the server serves several apps. */
  appid?: string
  /** The storage key of the session, default `auth`; separate for each envVersion. */
  storageKey?: string
  /** Milliseconds until a request is answered, and until a socket is open; 1 to 2 147 483 647, default 10 000. */
  timeoutMs?: number
  /** The time limit of a login, both tries together, in milliseconds; same range, default 15 000. */
  loginTimeoutMs?: number
  /** Sent with each login, such as invitation, channel or scene; at most 1 KiB as JSON. */
  extra?: () => object
  /** Another backend's dialect, see backends.ts; this project's own BFF by default. */
  backend?: Backend
  /** Replaces `wx.request`, see cloud.ts. */
  carry?: Carry
  /** An alias of `carry`; if both are given, `carry` is used. */
  transport?: Carry
}

/** With a `carry`, only uploads, downloads, streams and sockets need `baseUrl`. */
export type CloudOptions = Partial<AuthOptions> & ({ carry: Carry } | { transport: Carry })

/** An answer as a dialect sees it. */
export interface Reply {
  /** The HTTP status. */
  status: number
  /** Parsed JSON; text if it isn't JSON; undefined if it is empty. */
  body: unknown
  header: object
}

/** What an answer means; `protocol` for one that this backend would never give. */
export type Verdict =
  | 'ok'
  | 'login-again'
  | 'signed-out'
  | 'protocol'
  | { code: string; message?: string | undefined; retryAfterMs?: number | undefined }

/** How to talk to one kind of backend, as pure functions. */
export interface Backend {
  /**
   * The call that exchanges a login code for a session. `renewedToken` is the stored token that a
   * silent login renews, absent or empty for a login by a tap: a backend that is sent it can answer
   * `signed-out` to a device that was removed meanwhile.
   */
  login(code: string, extra?: object, renewedToken?: string): WantedCall
  /**
   * Null if the body is not a login. A number in `expiresAt` is milliseconds or seconds since 1970;
   * without `expiresAt` the token is used until the server refuses it.
   */
  readSession(
    body: unknown,
  ): { token: string; expiresAt?: string | number | null; user?: unknown } | null
  judge(reply: Reply): Verdict
  /** How a call carries its token. */
  authorize(token: string): { header?: Record<string, string>; query?: Record<string, string> }
  /** What `request()` resolves with; the body by default. */
  unwrap?(body: unknown): unknown
  /** The call that ends the session on the server; `POST /v1/logout` by default. */
  logout?(): { path: string; method?: string }
}

/** What `wx.request` gets, and the path without `baseUrl`. */
export interface CarryOptions {
  url: string
  path: string
  method: string
  data?: object
  header: Record<string, string>
  /** In milliseconds. */
  timeout: number
  success: (reply: { statusCode: number; data?: unknown; header?: unknown }) => void
  fail: (failure: unknown) => void
}

/** Sends one call in place of `wx.request`: calls back once, returns a task if it can abort. */
export type Carry = (options: CarryOptions) => WxTask | undefined

export type AuthState = 'signed-out' | 'signing-in' | 'signed-in'
export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'DELETE'
export type ProfileMode = 'fill' | 'getUserProfile' | 'getUserInfo'

export interface AbortSignalLike {
  onAbort(fn: () => void): void
}

export interface RequestOptions {
  /** Begins with one slash: `/v1/me`. */
  path: string
  /** Default GET. */
  method?: HttpMethod
  data?: object
  /** An `Authorization` in it is dropped, because the library sets the token. */
  header?: Record<string, string>
  /** Whether the token is sent; default true. */
  auth?: boolean
  /** Whether it may be sent again after a network failure, a timeout or 503; default: not for POST. */
  idempotent?: boolean
  /** Ends the request at any moment, even while it waits: rejects with kind `aborted`. */
  signal?: AbortSignalLike | undefined
}

export interface UploadOptions {
  path: string
  /** A local path, such as `chooseAvatar` gives. */
  filePath: string
  /** The name of the file's field. */
  name: string
  formData?: Record<string, string>
  /** 0 to 100; starts again when the upload is sent a second time. */
  onProgress?: ((percent: number) => void) | undefined
}

/** The URL and the header of a call. */
export interface Address {
  url: string
  /** The same without `baseUrl`. */
  path: string
  header: Record<string, string>
}

/** A JSON call as a dialect describes it; GET by default. */
export interface WantedCall {
  path: string
  method?: string
  data?: object | undefined
  header?: Record<string, string> | undefined
}

/** One call, which may be sent several times. */
export interface Call {
  path: string
  header?: Record<string, string> | undefined
  /** How long it may be silent, in milliseconds; `timeoutMs` by default. */
  silenceMs?: number
  /** Starts one attempt. */
  start: (address: Address) => Starter<WxReply>
  /** What the backend's dialect judges; null if the answer is good and has no envelope. */
  read: (reply: WxReply) => Reply | null
}

/** A call by another API than `wx.request`, with the same rules as `request()`. */
export interface CustomCall extends Call {
  /** Whether the token is sent; default true. */
  auth?: boolean | undefined
  idempotent: boolean
  signal?: AbortSignalLike | undefined
  /** Whether the caller has already received a part of the answer; then it is not sent again. */
  hasDelivered?: () => boolean
}

/** `e.detail` of a button with `open-type="getUserInfo"`; without a profile when the user refused. */
export interface UserInfoDetail {
  errMsg?: string | undefined
  errno?: number | undefined
  userInfo?: { nickName: string; avatarUrl: string } | undefined
  rawData?: string | undefined
  signature?: string | undefined
  encryptedData?: string | undefined
  iv?: string | undefined
}

/** `e.detail` of a phone button: `code` from base library 2.21.2 on, sealed data before. */
export interface PhoneDetail {
  errMsg?: string | undefined
  errno?: number | undefined
  code?: string | undefined
  encryptedData?: string | undefined
  iv?: string | undefined
}

export interface Profile {
  /** Which API for avatar and nickname this base library really supports. */
  mode(): ProfileMode
  /**
   * Opens WeChat's dialog; call it in the tap's handler before any await. `desc` is the purpose, at
   * most 30 characters. Rejects `denied` on refusal, `unsupported` (`ANONYMOUS_PROFILE`) if WeChat
   * gives no real profile, `api` (`SESSION_KEY_STALE`) when one more tap is needed.
   */
  fromTap(desc: string): Promise<User>
  /** The same for a button with `open-type="getUserInfo"`. */
  fromButton(detail: UserInfoDetail): Promise<User>
  /** Uploads the temporary file that `chooseAvatar` gave; progress is 0 to 100. */
  setAvatar(tempFilePath: string, onProgress?: (percent: number) => void): Promise<User>
  /** 1 to 32 characters. */
  setNickname(nickname: string): Promise<User>
  /** Asks the server for the present user, for pull to refresh. */
  refresh(): Promise<User>
}

export interface Phone {
  /** Takes the `detail` of `open-type="getPhoneNumber"` or `getRealtimePhoneNumber`. */
  fromButton(detail: PhoneDetail | undefined): Promise<User>
}

export interface Auth {
  /**
   * Reads the storage, so that it shows what other JS contexts have done. Its first use of a launch, like that of
   * `user`, also sends logouts made offline and checks the session_key.
   */
  readonly state: AuthState
  /** Kept while a login renews the session; null when signed out, or if the backend answers no user. */
  readonly user: User | null
  /**
   * The user of the cached session if it is valid, else of a silent login. Resolves null if the
   * backend answers no user at login. Rejects `signed-out` after a logout.
   */
  ready(): Promise<User>
  /** Always a new `wx.login`, or the one in progress; ends a user's earlier logout. Resolves as `ready()` does. */
  login(): Promise<User>
  /** Logs out, also on the server. Never rejects; afterwards there is no silent login until `login()`. */
  logout(): Promise<void>
  /** One JSON request to the server; a 204 resolves undefined. Rejects with an `AuthError` only. */
  request<T>(options: RequestOptions): Promise<T>
  upload<T>(options: UploadOptions): Promise<T>
  /**
   * For third-party SDKs: calls `send` with the present token. When it rejects with status 401, the
   * session is renewed and `send` is called once more.
   */
  withToken<T>(send: (token: string) => Promise<T>): Promise<T>
  /**
   * Calls `listener` at each change of `state` or `user`; returns a function that unsubscribes. What it throws
   * is reported by `console.error` and does not reach `App.onError`.
   */
  onChange(listener: (auth: Auth) => void): () => void
  readonly profile: Profile
  readonly phone: Phone
  /** For download.ts, stream.ts and socket.ts, see `stateOf`; pages do not need it. */
  readonly internals: object
}
