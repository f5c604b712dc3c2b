/**
 * Replaces preview/build/bundle.ts in the package, because the preview's page is already built
 * there.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const read = (file: string): string => readFileSync(join(__dirname, 'client', file), 'utf8')

/** The script and the styles of the preview's page, or of the web-view bridge. */
export function bundleClient(
  entry: 'main' | 'web-bridge' = 'main',
): Promise<{ script: string; css: string }> {
  return Promise.resolve({
    script: read(`${entry}.js`),
    css: entry === 'main' ? read('main.css') : '',
  })
}
