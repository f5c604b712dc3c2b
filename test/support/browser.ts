/** Tests that need a browser: run where one is found, required in CI, skipped with the reason elsewhere. */
import { BROWSER_HINT, findBrowser } from '../../scripts/lib/browser'
import { isInCi } from './ci'

export { launchBrowser } from '../../scripts/lib/browser'

/**
 * `describe` where a browser can be had or must be had (CI); a skipped suite that says why elsewhere.
 */
export function describeInBrowser(name: string, suite: () => void): void {
  if (findBrowser() !== null || isInCi()) describe(name, suite)
  else describe.skip(`${name} (${BROWSER_HINT})`, suite)
}
