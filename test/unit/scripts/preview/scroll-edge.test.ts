/** When a scroll-view has reached an edge. */
import { findEdge } from '../../../../scripts/preview/client/elements/scroll-edge'

const list = { visible: 100, total: 1000, upperThreshold: 50, lowerThreshold: 50 }

it.each([
  ['at the top', 0, 'upper'],
  ['within the upper threshold', 50, 'upper'],
  ['between both', 51, 'none'],
  ['just outside of the lower threshold', 849, 'none'],
  ['within the lower threshold', 850, 'lower'],
  ['at the bottom', 900, 'lower'],
])('%s', (_name, offset, edge) => {
  expect(findEdge({ ...list, offset })).toBe(edge)
})
