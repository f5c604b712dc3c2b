// jest starts the slowest file first, so that its workers finish together. A mutation run stops at
// the first failing file, so here the fastest files run first.
const { statSync } = require('node:fs')

const sizeOf = ({ path }) => statSync(path).size

module.exports = class ShortestFirst {
  sort(tests) {
    return [...tests].sort((one, other) => sizeOf(one) - sizeOf(other))
  }

  cacheResults() {
    // jest uses this to store durations; file sizes need no store.
  }
}
