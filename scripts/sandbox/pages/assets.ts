/** The files of the page for people, and nothing else. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Answer } from '../http'

const ASSETS: ReadonlyMap<string, readonly [file: string, contentType: string]> = new Map([
  ['/', ['people.html', 'text/html; charset=utf-8']],
  ['/__sandbox/people.js', ['people.js', 'text/javascript; charset=utf-8']],
  ['/__sandbox/people.css', ['people.css', 'text/css; charset=utf-8']],
])

/** The file behind this path, or null. */
export function findAsset(path: string): Answer | null {
  const asset = ASSETS.get(path)
  if (asset === undefined) return null
  const [file, contentType] = asset
  const body = readFileSync(join(__dirname, file), 'utf8')
  return { status: 200, contentType, body, headers: { 'Cache-Control': 'no-store' } }
}
