/** The public types of the library: what pages see and nothing of how it works. */
import type { User } from '../../typings/api'
import type { Starter, WxReply, WxTask } from './wx'

export interface AuthOptions {
  /** Where the backend is, `https://api.example.com`, without a slash at the end. */
  baseUrl: string
  /** Sent on login where the server serves several apps. */
  appid?: string
  /** Where the session is kept, default `auth`; kept apart per envVersion. */
  storageKey?: string
  /** One request, from being sent to its answer, in milliseconds; 1 to 2 147 483 647, default 10 000. */
  timeoutMs?: number
  /** A whole login, both tries together, in milliseconds; same range, default 15 000. */
  loginTimeoutMs?: number
  /** Sent with each login, such as invitation, channel or scene; at most 1 KiB as JSON. */
  extra?: () => object
  /** Another backend's dialect, see backends.ts; this project's own BFF by default. */
  backend?: Backend
  /** Another way than `wx.request`, see cloud.ts. */
  carry?: Carry
  /** A second name of `carry`, which counts where both are given. */
  transport?: Carry
}

/** Over another way than `wx.request` only uploads, downloads, streams and sockets need `baseUrl`. */
export type CloudOptions = Partial<AuthOptions> & ({ carry: Carry } | { transport: Carry })

/** An answer as a dialect sees it. */
export interface Reply {
  /** The HTTP status. */
  status: number
  /** Parsed JSON; text where it isn't JSON; undefined where it is empty. */
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

/** How to talk with one kind of backend, as pure functions. */
export interface Backend {
  /** The call that exchanges a login code for a session. */
  login(code: string, extra?: object): WantedCall
  /**
   * Null where the body is no login. A number is an instant in milliseconds or seconds since 1970; without an
   * end the token counts until the server refuses it.
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

/** Carries one call in place of `wx.request`: calls back once, returns a task where it can abort. */
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
  /** An `Authorization` in it is dropped: the token is the library's matter. */
  header?: Record<string, string>
  /** Whether the token goes along; default true. */
  auth?: boolean
  /** Whether it may be sent again after a network failure, a timeout or 503; default: not for POST. */
  idempotent?: boolean
  /** Ends the request at any moment, also while it waits: rejects with kind `aborted`. */
  signal?: AbortSignalLike | undefined
}

export interface UploadOptions {
  path: string
  /** A local path, such as `chooseAvatar` gives. */
  filePath: string
  /** The name of the file's field. */
  name: string
  formData?: Record<string, string>
  /** 0 to 100; begins again when the upload is sent a second time. */
  onProgress?: ((percent: number) => void) | undefined
}

/** Where a call goes and what it carries. */
export interface Address {
  url: string
  /** The same without `baseUrl`. */
  path: string
  header: Record<string, string>
}

/** A JSON call as a dialect wishes it; GET by default. */
export interface WantedCall {
  path: string
  method?: string
  data?: object | undefined
  header?: Record<string, string> | undefined
}

/** One call as it may be sent several times. */
export interface Call {
  path: string
  header?: Record<string, string> | undefined
  /** How long it may be silent, in milliseconds; `timeoutMs` by default. */
  silenceMs?: number
  /** Starts one attempt. */
  start: (address: Address) => Starter<WxReply>
  /** What the backend's dialect shall judge; null where the answer is good and has no envelope. */
  read: (reply: WxReply) => Reply | null
}

/** A call by another API than `wx.request`, with the rules that `request()` has. */
export interface CustomCall extends Call {
  /** Whether the token goes along; default true. */
  auth?: boolean | undefined
  idempotent: boolean
  signal?: AbortSignalLike | undefined
  /** Whether the caller has had a part of the answer already: then it is not sent again. */
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
  /** Which way of asking for avatar and nickname this base library really supports. */
  mode(): ProfileMode
  /**
   * Opens WeChat's sheet; call it in the tap's handler before any await. `desc` says what for, at most
   * 30 characters. Rejects `denied` on refusal, `unsupported` (`ANONYMOUS_PROFILE`) where WeChat gives
   * no real profile, `api` (`SESSION_KEY_STALE`) when one more tap is needed.
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
  readonly state: AuthState
  /** Kept while a login renews the session; null when signed out, or where the backend tells no user. */
  readonly user: User | null
  /**
   * The cached session if it still holds, else a silent login. Resolves null where the backend answers no user
   * at login. Rejects `signed-out` after a logout.
   */
  ready(): Promise<User>
  /** Always a new `wx.login`, or the one in progress; ends a user's earlier logout. Resolves as `ready()` does. */
  login(): Promise<User>
  /** Also on the server. Never rejects; afterwards nothing logs in silently until `login()`. */
  logout(): Promise<void>
  /** One JSON request to the server; a 204 resolves undefined. Rejects with an `AuthError` only. */
  request<T>(options: RequestOptions): Promise<T>
  upload<T>(options: UploadOptions): Promise<T>
  /**
   * For SDKs of others: calls `send` with the present token. When it rejects with status 401, the session
   * is renewed and `send` is called once more.
   */
  withToken<T>(send: (token: string) => Promise<T>): Promise<T>
  /** Called at each change of `state` or `user`; returns what unsubscribes. */
  onChange(listener: (auth: Auth) => void): () => void
  readonly profile: Profile
  readonly phone: Phone
  /** What download.ts, stream.ts and socket.ts build on, see `stateOf`; no page needs it. */
  readonly internals: object
}
