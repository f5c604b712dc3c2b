/** `npm run build`: writes the playground to dist/playground/, or to the folder named. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { reportFailure } from '../lib/user-error'
import { bundlePlayground } from './bundle'

const [outdir = 'dist/playground'] = process.argv.slice(2)

const kilobytes = (bytes: number): string => `${Math.round(bytes / 1000)} kB`
const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0)

async function run(): Promise<void> {
  const files = Object.entries(await bundlePlayground('miniprogram'))
  rmSync(outdir, { recursive: true, force: true })
  for (const [path, content] of files) {
    mkdirSync(join(outdir, path, '..'), { recursive: true })
    writeFileSync(join(outdir, path), content)
  }
  const size = kilobytes(sum(files.map(([, content]) => Buffer.byteLength(content))))
  const gzipped = kilobytes(sum(files.map(([, content]) => gzipSync(content).length)))
  console.log(`  ${outdir}: the playground, ${size}, ${gzipped} gzipped`)
}

run().catch(reportFailure)
