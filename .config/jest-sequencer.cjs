// Runs the projects one after the other, in the order of jest.config.mjs, so that fast tests fail
// first. Within a project jest's own order holds: tests that failed last time first, then the
// slowest.
const { default: Sequencer } = require('@jest/test-sequencer')

/** Start before all others: at the end, the other workers would wait for them. */
const FIRST = ['/upload/upload.test.ts', '/cluster/cluster.test.ts']

module.exports = class KindByKind extends Sequencer {
  sort(tests) {
    const kinds = []
    for (const { context } of tests) {
      const kind = context.config.displayName.name
      if (!kinds.includes(kind)) kinds.push(kind)
    }
    const rank = ({ path, context }) =>
      FIRST.some((end) => path.endsWith(end)) ? -1 : kinds.indexOf(context.config.displayName.name)
    return super.sort(tests).sort((one, other) => rank(one) - rank(other))
  }
}
