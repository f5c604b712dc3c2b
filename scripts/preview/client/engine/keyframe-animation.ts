/**
 * `this.animate` and `this.clearAnimation`: keyframes on every node of the page or component that a
 * selector matches.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/view/animation.html
 */
import { reportGap } from '../reports'
import { formatStyle, formatTransform, isTransform } from './animation'
import { elementOf } from './geometry'
import type { Instance } from './selector-query'

type Value = string | number
/** A keyframe of a mini-program: `offset`, `ease`, styles, and transform functions with one argument or a list. */
type WxKeyframe = Record<string, Value | Value[]>

/** The scroll-view that drives an animation in place of time. */
interface ScrollDriver {
  scrollSource: string
  orientation?: string
  startScrollOffset: number
  endScrollOffset: number
  /** How many ms of the animation lie between the two offsets. */
  timeRange: number
}

interface Played {
  frames: WxKeyframe[]
  animation: Animation
}

const played = new WeakMap<Element, Played[]>()

function toKeyframe({ offset, ease, ...properties }: WxKeyframe): Keyframe {
  const frame: Keyframe = {}
  if (typeof offset === 'number') frame.offset = offset
  if (typeof ease === 'string') frame.easing = ease
  const transforms: string[] = []
  for (const [name, value] of Object.entries(properties)) {
    const args = Array.isArray(value) ? value : [value]
    if (isTransform(name)) transforms.push(formatTransform({ type: name, args }))
    else frame[name] = formatStyle(name, args[0] ?? '')
  }
  if (transforms.length > 0) frame['transform'] = transforms.join(' ')
  return frame
}

function findElements(instance: Instance, selector: string): HTMLElement[] {
  const nodes = instance._$.getShadowRoot()?.querySelectorAll(selector) ?? []
  return nodes.map(elementOf).filter((element) => element !== null)
}

/** Null when there is no such scroll-view, or in a browser that can't. */
function driveByScroll(
  instance: Instance,
  { scrollSource, orientation, timeRange, ...offsets }: ScrollDriver,
  durationMs: number,
): KeyframeAnimationOptions | null {
  if (typeof ScrollTimeline === 'undefined') {
    reportGap('this.animate(…, ScrollTimeline), which needs Chromium or Safari,')
    return null
  }
  const [source] = findElements(instance, scrollSource)
  if (source === undefined) return null
  const { startScrollOffset: start, endScrollOffset: end } = offsets
  const share = timeRange / durationMs
  return {
    timeline: new ScrollTimeline({ source, axis: orientation === 'horizontal' ? 'x' : 'y' }),
    rangeStart: `${start}px`,
    // A longer range ends early, a shorter one plays a part of the animation.
    rangeEnd: `${start + (end - start) / Math.max(share, 1)}px`,
    iterations: Math.min(share, 1),
    fill: 'both',
  }
}

function play(
  element: HTMLElement,
  frames: WxKeyframe[],
  options: KeyframeAnimationOptions,
): Animation {
  const animation = element.animate(frames.map(toKeyframe), options)
  played.set(element, [...(played.get(element) ?? []), { frames, animation }])
  return animation
}

/**
 * Runs keyframes; a function as `then` is called once all of them are over. The elements stay as the last keyframe
 * says.
 */
export function animate(
  this: unknown,
  selector: string,
  frames: WxKeyframe[],
  durationMs: number,
  then?: (() => void) | ScrollDriver,
): void {
  const instance = this as Instance
  const elements = findElements(instance, selector)
  if (typeof then === 'object') {
    const options = driveByScroll(instance, then, durationMs)
    if (options !== null) for (const element of elements) play(element, frames, options)
    return
  }
  const options = { duration: durationMs, fill: 'forwards' } as const
  const animations = elements.map((element) => play(element, frames, options))
  Promise.all(animations.map(({ finished }) => finished)).then(
    () => then?.(),
    // Cleared before its end.
    () => undefined,
  )
}

const without = (frame: WxKeyframe, names: ReadonlySet<string>): WxKeyframe =>
  Object.fromEntries(Object.entries(frame).filter(([name]) => !names.has(name)))

/** Removes the named properties from an animation; null when none is left. */
function strip({ frames, animation }: Played, names: ReadonlySet<string>): Played | null {
  const rest = frames.map((frame) => without(frame, names))
  const isEmpty = rest.every((frame) =>
    Object.keys(frame).every((name) => name === 'offset' || name === 'ease'),
  )
  if (names.size === 0 || isEmpty) {
    animation.cancel()
    return null
  }
  if (animation.effect instanceof KeyframeEffect)
    animation.effect.setKeyframes(rest.map(toKeyframe))
  return { frames: rest, animation }
}

/** Undoes `animate`: everything, or the properties that `options` sets to true. */
export function clearAnimation(
  this: unknown,
  selector: string,
  options?: Record<string, boolean> | (() => void),
  callback?: () => void,
): void {
  const chosen = typeof options === 'object' ? options : {}
  const names = new Set(Object.keys(chosen).filter((name) => chosen[name] === true))
  for (const element of findElements(this as Instance, selector)) {
    const rest = (played.get(element) ?? []).map((one) => strip(one, names))
    played.set(
      element,
      rest.filter((one) => one !== null),
    )
  }
  const done = typeof options === 'function' ? options : callback
  if (done !== undefined) setTimeout(done)
}
