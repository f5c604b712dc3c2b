/** Tests that need a browser: run where one is found, required in CI, skipped with the reason elsewhere. */
import { BROWSER_HINT, findBrowser } from '../../scripts/lib/browser'

export { launchBrowser } from '../../scripts/lib/browser'

/**
 * `describe` where a browser can be had or must be had (CI); a skipped suite that says why elsewhere.
 */
export function describeInBrowser(name: string, suite: () => void): void {
  const mustRun = process.env['CI'] !== undefined && process.env['CI'] !== ''
  if (findBrowser() !== null || mustRun) describe(name, suite)
  else describe.skip(`${name} (${BROWSER_HINT})`, suite)
}
