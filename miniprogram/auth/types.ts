/** The public types of the library: what pages see and nothing of how it works. */
import type { User } from '../../typings/api'

export interface AuthOptions {
  /** Where the BFF is, `https://api.example.com`, without a slash at the end. */
  baseUrl: string
  /** Sent on login where the server serves several apps. */
  appid?: string
  /** Where the session is kept, default `auth`; kept apart per envVersion. */
  storageKey?: string
  /** One request, from being sent to its answer, in milliseconds; default 10 000. */
  timeoutMs?: number
  /** A whole login, both tries together, in milliseconds; default 15 000. */
  loginTimeoutMs?: number
}

export type AuthState = 'signed-out' | 'signing-in' | 'signed-in'
export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'DELETE'
export type ProfileMode = 'fill' | 'getUserProfile' | 'getUserInfo'

export interface RequestOptions {
  /** Begins with a slash: `/v1/me`. */
  path: string
  /** Default GET. */
  method?: HttpMethod
  data?: object
  header?: Record<string, string>
  /** Whether the token goes along; default true. */
  auth?: boolean
  /** Whether it may be sent again after a network failure, a timeout or 503; default: not for POST. */
  idempotent?: boolean
  /** Ends the request at any moment, also while it waits: rejects with kind `aborted`. */
  signal?: { onAbort(fn: () => void): void }
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
  /** Kept while a login renews the session; null when signed out. */
  readonly user: User | null
  /** The cached session if it still holds, else a silent login. */
  ready(): Promise<User>
  /** Always a new `wx.login`; ends a user's earlier logout. */
  login(): Promise<User>
  /** Also on the server. Never rejects; afterwards nothing logs in silently until `login()`. */
  logout(): Promise<void>
  /**
   * Deletes the account (`DELETE /v1/me`), then is signed out as after `logout()`. No silent login can
   * slip in between and make a new account; when it rejects, nothing has been forgotten.
   */
  deleteAccount(): Promise<void>
  /** One JSON request to the server; a 204 resolves undefined. Rejects with an `AuthError` only. */
  request<T>(options: RequestOptions): Promise<T>
  upload<T>(options: UploadOptions): Promise<T>
  /** Called at each change of `state` or `user`; returns what unsubscribes. */
  onChange(listener: (auth: Auth) => void): () => void
  readonly profile: Profile
  readonly phone: Phone
}
