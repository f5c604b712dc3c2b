/**
 * `App()` and `getApp()`: one instance for the life of the page, with WeChat's lifecycle calls,
 * followed by `wx.onAppShow` and related listeners. An exception inside is reported and stops
 * nothing else.
 * https://developers.weixin.qq.com/miniprogram/dev/reference/api/App.html
 */
import { reportError } from '../reports'

type AppObject = Record<string, unknown>
/** A listener of `wx.onAppShow` or a related event. */
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

/** Adds a listener to a lifecycle of the app. */
export function addAppListener(lifecycle: string, listener: AppListener): void {
  listeners.set(lifecycle, (listeners.get(lifecycle) ?? new Set()).add(listener))
}

/** Removes one listener, or all of a lifecycle. */
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

/** Calls a lifecycle method of the app, if it exists, and its listeners. */
export function callApp(lifecycle: string, parameter?: unknown): void {
  const method = instance[lifecycle]
  if (typeof method === 'function') {
    run(`App.${lifecycle}`, () => void Reflect.apply(method, instance, [parameter]))
  }
  for (const listener of listeners.get(lifecycle) ?? []) {
    run(`wx listener of ${lifecycle}`, () => listener(parameter))
  }
}
