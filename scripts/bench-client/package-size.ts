/** The mini-program's package, file by file as an upload minifies it: scripts minified, the rest as it is. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformSync } from 'esbuild'
import { ROOT } from './bundle'

export interface PackageSize {
  files: number
  bytes: number
  scriptBytes: number
}

export function weighPackage(): PackageSize {
  const dir = join(ROOT, 'miniprogram')
  const size = { files: 0, bytes: 0, scriptBytes: 0 }
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const content = readFileSync(join(entry.parentPath, entry.name))
    const isScript = entry.name.endsWith('.ts')
    const bytes = isScript ? minifiedBytes(content.toString('utf8')) : content.length
    size.files += 1
    size.bytes += bytes
    if (isScript) size.scriptBytes += bytes
  }
  return size
}

function minifiedBytes(source: string): number {
  const options = {
    loader: 'ts',
    minify: true,
    format: 'cjs',
    target: 'es2020',
    charset: 'utf8',
  } as const
  return Buffer.byteLength(transformSync(source, options).code)
}
