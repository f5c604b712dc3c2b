/** Browser tests: run if a browser is found, required in CI, otherwise skipped with the reason. */
import { BROWSER_HINT, findBrowser } from '../../scripts/lib/browser'
import { isInCi } from './ci'

export { launchBrowser } from '../../scripts/lib/browser'

/**
 * `describe` if a browser exists or is required (CI); otherwise a skipped suite with the reason.
 */
export function describeInBrowser(name: string, suite: () => void): void {
  if (findBrowser() !== null || isInCi()) describe(name, suite)
  else describe.skip(`${name} (${BROWSER_HINT})`, suite)
}
