/**
 * How a `<movable-view>` with `inertia` goes on after it is let go: friction takes the same speed from it in
 * each moment until it stands. WeChat documents the attribute and names no unit; the scale is uni-app's.
 * https://developers.weixin.qq.com/miniprogram/dev/component/movable-view.html
 */

/** Where a drag was at one time, or how fast it was, in px per ms. */
export interface Point {
  x: number
  y: number
}

/** A place of a drag; the newest one comes last. */
export interface Sample extends Point {
  atMs: number
}

/** What a finger did earlier says nothing about its speed at the end. */
const LAST_MS = 100
/** px/ms that are lost in each ms at a friction of 1. */
const LOSS = 0.001

const STANDING: Point = { x: 0, y: 0 }

/** Those samples that still tell the speed. */
export const keepLast = <T extends Sample>(samples: readonly T[], nowMs: number): T[] =>
  samples.filter(({ atMs }) => nowMs - atMs <= LAST_MS)

/** The speed at which a drag ended. */
export function velocityOf(samples: readonly Sample[], nowMs: number): Point {
  const last = keepLast(samples, nowMs)
  const [from, to] = [last[0], last.at(-1)]
  if (from === undefined || to === undefined || to.atMs === from.atMs) return STANDING
  const ms = to.atMs - from.atMs
  return { x: (to.x - from.x) / ms, y: (to.y - from.y) / ms }
}

/** How long it goes on, and how far it has come after some time. */
export function glide(
  velocity: Point,
  friction: number,
): { durationMs: number; at: (ms: number) => Point } {
  const durationMs = Math.hypot(velocity.x, velocity.y) / (friction * LOSS)
  const at = (ms: number): Point => {
    if (durationMs === 0) return STANDING
    const elapsed = Math.min(ms, durationMs)
    const factor = elapsed - elapsed ** 2 / (2 * durationMs)
    return { x: velocity.x * factor, y: velocity.y * factor }
  }
  return { durationMs, at }
}
