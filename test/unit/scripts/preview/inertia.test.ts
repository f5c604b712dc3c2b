/** How a movable view goes on after it is let go. */
import { glide, velocityOf } from '../../../../scripts/preview/client/elements/inertia'

const sample = (x: number, y: number, atMs: number) => ({ x, y, atMs })

it('the speed of a drag is that of its last 100 ms', () => {
  const drag = [sample(-500, 0, 0), sample(0, 0, 950), sample(30, -15, 980), sample(50, -25, 1000)]
  expect(velocityOf(drag, 1000)).toEqual({ x: 1, y: -0.5 })
})

it.each([
  ['stood still before it was let go', [sample(0, 0, 0), sample(50, 0, 50)], 200],
  ['has one place only', [sample(5, 5, 100)], 100],
  ['has none', [], 100],
])('a drag that %s has no speed', (_name, samples, nowMs) => {
  expect(velocityOf(samples, nowMs)).toEqual({ x: 0, y: 0 })
})

it('friction takes speed evenly: half the time is three quarters of the way', () => {
  const { durationMs, at } = glide({ x: 0.6, y: 0.8 }, 2)
  expect(durationMs).toBe(500)
  expect(at(500)).toEqual({ x: 150, y: 200 })
  expect(at(250)).toEqual({ x: 112.5, y: 150 })
  expect(at(9000)).toEqual(at(500))
  expect(glide({ x: 0.6, y: 0.8 }, 4).durationMs).toBe(250)
})

it('without a speed it stays', () => {
  const { durationMs, at } = glide({ x: 0, y: 0 }, 2)
  expect([durationMs, at(10)]).toEqual([0, { x: 0, y: 0 }])
})
