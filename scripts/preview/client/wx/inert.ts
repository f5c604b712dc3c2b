/**
 * A placeholder for an object that the preview does not build, such as an advertisement: its
 * methods do nothing, and a message says once what it is.
 */
import { reportGap } from '../reports'

/** Methods that return a promise in WeChat. */
const promising = new Set(['load', 'show', 'request'])

function callOf(name: string) {
  return (): unknown => (promising.has(name) ? Promise.resolve() : undefined)
}

/**
 * Creates a placeholder for the object that `what` returns. Assigned properties can be read back.
 */
export function createInert(what: string): object {
  reportGap(what)
  const written: Record<string, unknown> = {}
  return new Proxy(written, {
    get(target, name) {
      // An object with `then` would be taken for a promise.
      if (typeof name === 'symbol' || name === 'then' || name === 'toJSON') return undefined
      return name in target ? target[name] : callOf(name)
    },
  })
}
