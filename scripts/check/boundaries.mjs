/**
 * `npm run check -- boundaries`: checks the import directions. Also fails when it found no files.
 */
import { createRequire } from 'node:module'
import { cruise } from 'dependency-cruiser'

const require = createRequire(import.meta.url)
const { forbidden, options } = require('../../.config/dependency-cruiser.cjs')

const { output } = await cruise(['miniprogram', 'server', 'scripts', 'test', 'typings'], {
  ...options,
  ruleSet: { forbidden },
  validate: true,
})
const { summary } = output
for (const { rule, from, to } of summary.violations) {
  const { comment } = forbidden.find(({ name }) => name === rule.name)
  console.error(`${rule.name}: ${from} → ${to}\n  ${comment}`)
}
console.log(
  `Boundaries: ${summary.totalCruised} modules, ${summary.totalDependenciesCruised} imports, ` +
    `${summary.violations.length} violations.`,
)
process.exit(summary.violations.length > 0 || summary.totalCruised === 0 ? 1 : 0)
