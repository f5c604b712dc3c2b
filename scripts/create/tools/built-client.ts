/** Takes the place of preview/build/bundle.ts in the package, where the preview's page is built already. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const read = (file: string): string => readFileSync(join(__dirname, 'client', file), 'utf8')

/** The script and the styles of the preview's page, or of the bridge of web-views. */
export function bundleClient(
  entry: 'main' | 'web-bridge' = 'main',
): Promise<{ script: string; css: string }> {
  return Promise.resolve({
    script: read(`${entry}.js`),
    css: entry === 'main' ? read('main.css') : '',
  })
}
