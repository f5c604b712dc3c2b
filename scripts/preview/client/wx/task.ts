/**
 * The task that request, uploadFile and downloadFile return: abort, and listeners for headers,
 * chunks and progress.
 */
import { reportError } from '../reports'
import { createApi, type Options } from './call'

type Listener = (value: object) => void

/** A task with abort and event listeners for a call that is already running. */
export function createTask(
  api: string,
  options: Options,
  work: (signal: AbortSignal, notify: (event: string, value: object) => void) => Promise<object>,
) {
  const controller = new AbortController()
  const listeners = new Map<string, Set<Listener>>()
  const notify = (event: string, value: object): void => {
    for (const listener of listeners.get(event) ?? []) {
      try {
        listener(value)
      } catch (error) {
        reportError(`${event} listener of wx.${api}`, error)
      }
    }
  }
  const on = (event: string) => (listener: Listener) => {
    listeners.set(event, (listeners.get(event) ?? new Set()).add(listener))
  }
  const off = (event: string) => (listener?: Listener) => {
    if (listener === undefined) listeners.delete(event)
    else listeners.get(event)?.delete(listener)
  }
  const manner = { hasPromise: false, inheritsTap: true }
  void createApi(api, () => work(controller.signal, notify), manner)(options)
  return {
    abort: () => controller.abort(),
    onHeadersReceived: on('headers'),
    offHeadersReceived: off('headers'),
    onProgressUpdate: on('progress'),
    offProgressUpdate: off('progress'),
    onChunkReceived: on('chunk'),
    offChunkReceived: off('chunk'),
  }
}
