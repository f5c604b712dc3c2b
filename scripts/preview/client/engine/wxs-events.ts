/**
 * Event handlers in WXS: they get the event with `instance` and the descriptor of their component;
 * `change:prop` is called when a property changes.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/view/interactive-animation.html
 */
import type * as glassEasel from 'glass-easel'
import { reportError } from '../reports'
import { describeForWxs } from './wxs-descriptor'

type Wrapper = Parameters<ReturnType<glassEasel.template.ComponentTemplate['content']>>[0]
type AnyFunction = (...values: unknown[]) => unknown

const handlers = new WeakSet<AnyFunction>()

/** Whether a handler is a WXS function: only these reach a template as functions. */
export function isWxsHandler(listener: unknown): listener is AnyFunction {
  return typeof listener === 'function' && handlers.has(listener as AnyFunction)
}

/** Calls a handler of WXS; false stops the event. */
export function callWxsHandler(
  handler: AnyFunction,
  event: object,
  place: { target: glassEasel.Element; host: glassEasel.Element },
): unknown {
  const instance = describeForWxs(place.target)
  return handler({ ...event, instance }, describeForWxs(place.host))
}

/**
 * Called once the surrounding nodes exist, because the first value arrives while they are being
 * created.
 */
function convertChange(listener: AnyFunction): AnyFunction {
  return (value, before, host, node) => {
    const [owner, instance] = [host, node].map((one) => describeForWxs(one as glassEasel.Element))
    queueMicrotask(() => {
      try {
        listener(value, before, owner, instance)
      } catch (error) {
        reportError('change: handler in WXS', error)
      }
    })
  }
}

const followed = new WeakSet<Wrapper>()

/** Lets a template distinguish WXS handlers from method names; call it before each rendering. */
export function followWxs(wrapper: Wrapper): void {
  if (followed.has(wrapper)) return
  followed.add(wrapper)
  const listen = wrapper.v
  const observe = wrapper.p
  wrapper.v = (node, name, value, ...rest) => {
    if (typeof value === 'function') handlers.add(value as AnyFunction)
    listen(node, name, value, ...rest)
  }
  wrapper.p = (node, name, listener, ...rest) => {
    observe(node, name, convertChange(listener as AnyFunction), ...rest)
  }
}
