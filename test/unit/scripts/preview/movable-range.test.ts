/** Limits of a movable view. */
import { limitOffset } from '../../../../scripts/preview/client/elements/movable-range'

it.each([
  ['stays inside at the start', -5, { view: 20, area: 100, scale: 1 }, 0],
  ['moves freely between', 30, { view: 20, area: 100, scale: 1 }, 30],
  ['stays inside at the end', 95, { view: 20, area: 100, scale: 1 }, 80],
  ['covers the area when it is larger', 10, { view: 150, area: 100, scale: 1 }, 0],
  ['covers the area to its end', -80, { view: 150, area: 100, scale: 1 }, -50],
  ['reaches further around its middle when enlarged', 0, { view: 20, area: 100, scale: 2 }, 10],
  ['ends earlier when enlarged', 80, { view: 20, area: 100, scale: 2 }, 70],
])('a view %s', (_name, offset, sizes, allowed) => {
  expect(limitOffset(offset, sizes)).toBe(allowed)
})
