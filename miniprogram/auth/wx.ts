/**
 * The only file that uses the global `wx`. It is looked up at each call, so that tests may replace it, and
 * called with callbacks only: the platform supports no Promise form of login, request and getUserInfo. A
 * missing API fails like a broken one. This file reports what WeChat said and decides nothing.
 */

/** What WeChat calls back with; `success` is called for every HTTP status. */
export interface WxReply {
  statusCode: number
  /** Parsed JSON, or text if the body wasn't JSON; from `uploadFile` always text. */
  data?: unknown
  header?: unknown
  /** From `downloadFile`. */
  tempFilePath?: string
  filePath?: string
}

/** The task that a network API returns; each member is missing on some base libraries. */
export interface WxTask {
  abort?(): void
  onProgressUpdate?(listener: (update: { progress: number }) => void): void
  onHeadersReceived?(listener: (received: { header?: unknown; statusCode?: number }) => void): void
  onChunkReceived?(listener: (received: { data: ArrayBuffer }) => void): void
}

/** https://developers.weixin.qq.com/miniprogram/dev/api/network/websocket/SocketTask.html */
export interface WxSocketTask {
  onOpen(listener: () => void): void
  onMessage(listener: (message: { data: string | ArrayBuffer }) => void): void
  onClose(listener: (closed: { code?: number; reason?: string }) => void): void
  onError(listener: (failure?: { errMsg?: string }) => void): void
  send(options: {
    data: string | ArrayBuffer
    success?(): void
    fail?(failure: unknown): void
  }): void
  close(options: { code?: number; reason?: string }): void
}

export type Settle<T> = (value: T) => void

/** Starts something that calls back once; `keepAlive` starts the time limit again; returns a function to stop it. */
export type Starter<T> = (
  resolve: Settle<T | PromiseLike<T>>,
  reject: Settle<unknown>,
  keepAlive: () => void,
) => () => void

type AsyncApi =
  'login' | 'checkSession' | 'getUserProfile' | 'request' | 'uploadFile' | 'downloadFile'
type SyncApi =
  | 'getStorageSync'
  | 'setStorageSync'
  | 'removeStorageSync'
  | 'getAccountInfoSync'
  | 'getAppBaseInfo'
  | 'getSystemInfoSync'
  | 'getFileSystemManager'
type WxApi = AsyncApi | SyncApi | 'connectSocket'
type CloudApi = 'init' | 'callContainer' | 'callFunction'
type Api = (...args: unknown[]) => unknown

export function noop(): void {
  // Used where there is nothing to stop.
}

/** @throws where the API is missing. */
function callApi(name: WxApi, ...args: unknown[]): unknown {
  return (wx as unknown as Record<WxApi, Api>)[name](...args)
}

/**
 * Starts one of WeChat's asynchronous APIs, or a function that is called the same way. Resolves with
 * what `success` got, rejects with what `fail` got; an API that is missing or throws is errno 100.
 * @see https://developers.weixin.qq.com/miniprogram/dev/api/open-api/login/wx.login.html
 * @see https://developers.weixin.qq.com/miniprogram/dev/api/open-api/login/wx.checkSession.html
 * @see https://developers.weixin.qq.com/miniprogram/dev/api/open-api/user-info/wx.getUserProfile.html
 * @see https://developers.weixin.qq.com/miniprogram/dev/api/network/request/wx.request.html
 * @see https://developers.weixin.qq.com/miniprogram/dev/api/network/upload/wx.uploadFile.html
 * @see https://developers.weixin.qq.com/miniprogram/dev/api/network/download/wx.downloadFile.html
 */
export function callAsync<T>(
  api: AsyncApi | ((options: never) => unknown),
  options: object = {},
  onTask: (task: WxTask, keepAlive: () => void) => void = noop,
): Starter<T> {
  return (success, fail, keepAlive) => {
    let task: WxTask | undefined
    try {
      const given = { ...options, success, fail }
      const started = typeof api === 'string' ? callApi(api, given) : api(given as never)
      task = started as WxTask | undefined
      if (task) onTask(task, keepAlive)
    } catch (thrown) {
      fail({ errno: 100, errMsg: thrown })
    }
    return () => {
      try {
        task?.abort?.()
      } catch {
        // Nobody waits for this call any more, so a failed abort changes nothing.
      }
    }
  }
}

/** What `callSync` answers where the API is missing or throws. */
export const failed = {}

/** Calls one of WeChat's synchronous APIs. */
export function callSync(api: SyncApi, ...args: unknown[]): unknown {
  try {
    return callApi(api, ...args)
  } catch {
    return failed
  }
}

/**
 * Calls an API of `wx.cloud`.
 * @see https://developers.weixin.qq.com/miniprogram/dev/wxcloud/reference-sdk-api/Cloud.html
 */
export function callCloud(api: CloudApi, options: object): unknown {
  const { cloud } = wx as unknown as { cloud: Record<CloudApi, Api> }
  return cloud[api](options)
}

/**
 * Opens a WebSocket. Throws where the API is missing.
 * @see https://developers.weixin.qq.com/miniprogram/dev/api/network/websocket/wx.connectSocket.html
 */
export function openSocket(options: object): WxSocketTask {
  return callApi('connectSocket', options) as WxSocketTask
}

/** The text of a local file; undefined if it can't be read. */
export function readTextFile(path: string): string | undefined {
  try {
    const files = callSync('getFileSystemManager') as {
      readFileSync(path: string, encoding: string): string
    }
    return files.readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
