/**
 * The event object that a handler of the mini-program gets: plain, with own fields, as in WeChat.
 * Frameworks copy these fields and overwrite methods on the object, so they must not get
 * glass-easel's own event, which controls bubbling.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/view/wxml/event.html
 */
import type * as glassEasel from 'glass-easel'
import { callWxsHandler, isWxsHandler } from './wxs-events'

/** A node of the WXML, or the component instance behind it. */
interface Place {
  id: string
  dataset: Record<string, unknown> | null
  /** The node of a component instance. */
  _$?: Place
  getBackendElement?(): unknown
}

function describePlace(place: Place) {
  const element = (place._$ ?? place).getBackendElement?.()
  const { offsetLeft = 0, offsetTop = 0 } = element instanceof HTMLElement ? element : {}
  return { id: place.id, offsetLeft, offsetTop, dataset: { ...place.dataset } }
}

function createEventObject(event: glassEasel.ShadowedEvent<unknown>): object {
  const { type, timeStamp, detail, mark, extraFields } = event
  const target = describePlace(event.target)
  const currentTarget = describePlace(event.currentTarget)
  // An event without detail gets an empty one.
  const plain = { type, timeStamp, detail: detail === undefined ? {} : detail, mark }
  return { ...plain, target, currentTarget, ...extraFields }
}

const nodeOfPlace = (place: object): glassEasel.Element =>
  ((place as Place)._$ ?? place) as unknown as glassEasel.Element

/** Calls a handler of the WXML; its return value controls bubbling. */
export function callListener(
  host: object,
  event: glassEasel.ShadowedEvent<unknown>,
  listener: (event: object) => boolean | undefined,
): boolean | undefined {
  const plain = createEventObject(event)
  if (!isWxsHandler(listener)) return listener.call(host, plain)
  const place = { target: nodeOfPlace(event.currentTarget), host: nodeOfPlace(host) }
  return callWxsHandler(listener, plain, place) as boolean | undefined
}
