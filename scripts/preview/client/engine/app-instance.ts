/**
 * `App()` and `getApp()`: one instance for the life of the page, its lifecycles called as WeChat
 * calls them, `wx.onAppShow` and its kin after them. An exception inside is reported and stops nothing.
 * https://developers.weixin.qq.com/miniprogram/dev/reference/api/App.html
 */
import { reportError } from '../reports'

type AppObject = Record<string, unknown>
/** A listener of `wx.onAppShow` and its kin. */
export type AppListener = (parameter: unknown) => void

let instance: AppObject = {}
const listeners = new Map<string, Set<AppListener>>()

/** Registers the mini-program's app object; the last call wins. */
export function defineApp(options: AppObject): void {
  instance = options
}

/** The app object; empty before `App()` was called. */
export function getAppInstance(): AppObject {
  return instance
}

/** Hears a lifecycle beside the app object. */
export function addAppListener(lifecycle: string, listener: AppListener): void {
  listeners.set(lifecycle, (listeners.get(lifecycle) ?? new Set()).add(listener))
}

/** Stops one listener, or all of a lifecycle. */
export function removeAppListener(lifecycle: string, listener?: AppListener): void {
  if (listener === undefined) listeners.delete(lifecycle)
  else listeners.get(lifecycle)?.delete(listener)
}

function run(place: string, work: () => void): void {
  try {
    work()
  } catch (error) {
    reportError(place, error)
  }
}

/** Calls a lifecycle method of the app, if it has one, and its listeners. */
export function callApp(lifecycle: string, parameter?: unknown): void {
  const method = instance[lifecycle]
  if (typeof method === 'function') {
    run(`App.${lifecycle}`, () => void Reflect.apply(method, instance, [parameter]))
  }
  for (const listener of listeners.get(lifecycle) ?? []) {
    run(`wx listener of ${lifecycle}`, () => listener(parameter))
  }
}
