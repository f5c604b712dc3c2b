// One kind of test after the other, in the order of jest.config.mjs: what is quick to fail comes first.
// Within a kind jest's own order holds: what failed last time, then the longest.
const { default: Sequencer } = require('@jest/test-sequencer')

module.exports = class KindByKind extends Sequencer {
  sort(tests) {
    const kinds = []
    for (const { context } of tests) {
      const kind = context.config.displayName.name
      if (!kinds.includes(kind)) kinds.push(kind)
    }
    const rank = ({ context }) => kinds.indexOf(context.config.displayName.name)
    return super.sort(tests).sort((one, other) => rank(one) - rank(other))
  }
}
