/**
 * `App()` and `getApp()`: one instance for the life of the page, its lifecycles called as WeChat
 * calls them. An exception inside a lifecycle is reported and stops nothing else.
 * https://developers.weixin.qq.com/miniprogram/dev/reference/api/App.html
 */
import { reportError } from '../reports'

type AppObject = Record<string, unknown>

let instance: AppObject = {}

/** Registers the mini-program's app object; the last call wins. */
export function defineApp(options: AppObject): void {
  instance = options
}

/** The app object; empty before `App()` was called. */
export function getAppInstance(): AppObject {
  return instance
}

/** Calls a lifecycle method of the app, if it has one. */
export function callApp(lifecycle: string, parameter?: unknown): void {
  const method = instance[lifecycle]
  if (typeof method !== 'function') return
  try {
    Reflect.apply(method, instance, [parameter])
  } catch (error) {
    reportError(`App.${lifecycle}`, error)
  }
}
