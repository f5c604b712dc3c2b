/**
 * `touches` and `changedTouches` of events, in page coordinates, and touches simulated by a mouse,
 * so that a slider or a swiped cell works without a touch screen.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/view/wxml/event.html
 */
import { findPageBody, findScroller } from './geometry'

interface Point {
  identifier: number
  clientX: number
  clientY: number
}

/**
 * A touch as the mini-program sees it: `client…` relative to the visible part of the page, `page…`
 * to all of it.
 */
interface PageTouch extends Point {
  pageX: number
  pageY: number
}

/** Converts a point from window coordinates to those of the page around `target`. */
export function toPagePoint(
  target: Element,
  x: number,
  y: number,
): { x: number; y: number; scrollTop: number } {
  const body = findPageBody(target)?.getBoundingClientRect()
  const scrollTop = findScroller(target)?.scrollTop ?? 0
  return { x: x - (body?.left ?? 0), y: y - (body?.top ?? 0), scrollTop }
}

function toPageTouch(target: Element, { identifier, clientX, clientY }: Point): PageTouch {
  const { x, y, scrollTop } = toPagePoint(target, clientX, clientY)
  return { identifier, clientX: x, clientY: y, pageX: x, pageY: y + scrollTop }
}

/** Both lists of a positioned event at `target`; an empty object for other events. */
export function touchesOf(original: unknown, target: Element): Record<string, unknown> {
  const convert = (points: Iterable<Point>): PageTouch[] =>
    [...points].map((point) => toPageTouch(target, point))
  if (original instanceof TouchEvent) {
    return { touches: convert(original.touches), changedTouches: convert(original.changedTouches) }
  }
  if (!(original instanceof MouseEvent)) return {}
  const { clientX, clientY, type } = original
  const point = { identifier: 0, clientX, clientY }
  const isOver = type === 'pointerup' || type === 'pointercancel'
  return { touches: isOver ? [] : convert([point]), changedTouches: convert([point]) }
}

const typeOf: Record<string, string> = {
  pointermove: 'touchmove',
  pointerup: 'touchend',
  pointercancel: 'touchcancel',
}

/**
 * Tracks the mouse inside `screen`; `send` passes an event to the mini-program at the pressed
 * element.
 */
export function touchByMouse(
  screen: HTMLElement,
  send: (event: PointerEvent, type: string, target: Element) => void,
): void {
  let pressed: Element | null = null
  screen.addEventListener('pointerdown', (event) => {
    if (event.pointerType !== 'mouse' || event.button !== 0) return
    pressed = event.target instanceof Element ? event.target : null
    if (pressed !== null) send(event, 'touchstart', pressed)
  })
  for (const [name, type] of Object.entries(typeOf)) {
    window.addEventListener(name, (event) => {
      if (pressed === null || !(event instanceof PointerEvent)) return
      send(event, type, pressed)
      if (type !== 'touchmove') pressed = null
    })
  }
}
