/**
 * The only file that names the global `wx`: looked up at each call, by callbacks only (WeChat supports no
 * Promise form of login, request and getUserInfo), assuming of no API that this base library has it.
 * It reports what WeChat said, untouched, and decides nothing.
 */
import type { Start } from './scope'

/** WeChat's own names; success comes with every HTTP status. */
export interface Reply {
  statusCode: number
  /** Parsed JSON, or a string: where the body wasn't JSON, and from uploadFile always. */
  data: unknown
  header?: unknown
}

interface Task {
  abort?(): void
  onProgressUpdate?(listener: (update: { progress: number }) => void): void
}

type Asynchronous = 'login' | 'checkSession' | 'getUserProfile' | 'request' | 'uploadFile'
type Synchronous =
  | 'getStorageSync'
  | 'setStorageSync'
  | 'removeStorageSync'
  | 'getAccountInfoSync'
  | 'getAppBaseInfo'
  | 'getSystemInfoSync'

/** Reads the global anew, so that it may be replaced; a missing API throws like a broken one. */
function run(name: Asynchronous | Synchronous, ...args: unknown[]): unknown {
  const apis = wx as unknown as Record<typeof name, (...given: unknown[]) => unknown>
  return apis[name](...args)
}

/**
 * Starts one of WeChat's asynchronous APIs. Resolves with what `success` got, rejects with what `fail` got;
 * an API that is missing or throws is errno 100, "not supported".
 * @see https://developers.weixin.qq.com/miniprogram/dev/api/open-api/login/wx.login.html
 * @see https://developers.weixin.qq.com/miniprogram/dev/api/open-api/login/wx.checkSession.html
 * @see https://developers.weixin.qq.com/miniprogram/dev/api/open-api/user-info/wx.getUserProfile.html
 * @see https://developers.weixin.qq.com/miniprogram/dev/api/network/request/wx.request.html
 * @see https://developers.weixin.qq.com/miniprogram/dev/api/network/upload/wx.uploadFile.html
 */
export function start<T>(
  name: Asynchronous,
  options?: object,
  onProgress?: (percent: number) => void,
): Start<T> {
  return (success, fail) => {
    let task: Task | undefined
    try {
      task = run(name, { ...options, success, fail }) as Task | undefined
      if (onProgress) task?.onProgressUpdate?.(({ progress }) => onProgress(progress))
    } catch (thrown) {
      fail({ errno: 100, errMsg: `${name}: ${thrown as string}` })
    }
    return () => task?.abort?.()
  }
}

/** What `ask` answers where the API is missing or throws. */
export const failed = {}

/** Calls one of WeChat's synchronous APIs. */
export function ask(name: Synchronous, ...args: unknown[]): unknown {
  try {
    return run(name, ...args)
  } catch {
    return failed
  }
}
