/**
 * `npm run package`: builds the package with WeChat's compiler as a zip and prints its sizes.
 * Offline.
 */
import { join, relative } from 'node:path'
import { parseCommand } from '../lib/parse-command'
import { compileMiniprogram } from './compile'
import { describeSizes, findOversize, measurePackages } from './package-sizes'
import { reportFailure, UserError } from '../lib/user-error'

const ROOT = join(__dirname, '../..')
const USAGE = 'npm run package takes no arguments.'

async function run(): Promise<void> {
  parseCommand({}, USAGE)
  const { zipFile, folder, files } = await compileMiniprogram(ROOT)
  const sizes = measurePackages(folder)
  console.log(`${relative(process.cwd(), zipFile)}: ${files.length} files`)
  for (const line of describeSizes(sizes, files)) console.log(line)
  const faults = findOversize(sizes)
  if (faults.length > 0) throw new UserError(faults.map((fault) => `FAIL  ${fault}`).join('\n'))
}

run().catch(reportFailure)
