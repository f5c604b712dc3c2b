/**
 * Stands for an object that WeChat would give and the preview does not build, such as a video context or
 * an advertisement: each of its methods may be called and does nothing, and what it is, is said once.
 */
import { reportGap } from '../reports'

/** Methods that answer a promise in WeChat. */
const promising = new Set(['load', 'show', 'request'])

function callOf(name: string) {
  return (): unknown => (promising.has(name) ? Promise.resolve() : undefined)
}

/** Makes the object that `what` would answer. What the mini-program writes into it can be read again. */
export function createInert(what: string): object {
  reportGap(what)
  const written: Record<string, unknown> = {}
  return new Proxy(written, {
    get(target, name) {
      // An object with `then` would look like a promise.
      if (typeof name === 'symbol' || name === 'then' || name === 'toJSON') return undefined
      return name in target ? target[name] : callOf(name)
    },
  })
}
