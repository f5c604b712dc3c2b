/**
 * Runs every npm script: `node scripts/run.mjs [--install] PROGRAM [arguments]`. PROGRAM is a file of
 * this project, or the command of a package. Missing packages are installed first with --install;
 * otherwise one line says what to do. (npm's own pre-hooks don't run with ignore-scripts, see .npmrc.)
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { findNodeFault, isInstalled, ROOT } from './lib/installation.mjs'

const require = createRequire(import.meta.url)

function findMissing() {
  if (isInstalled()) return null
  const also = process.versions.node.startsWith('20.')
    ? ' (on Node 20: node scripts/setup.mjs)'
    : ''
  return `The packages are missing or of other versions: run npm ci${also} first.`
}

/** @returns the file behind the command of a package. */
function fileOfCommand(name) {
  const folder = join(ROOT, 'node_modules', name)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return join(folder, typeof bin === 'string' ? bin : bin[name])
}

const isInstalling = process.argv[2] === '--install'
if (isInstalling) await import('./setup.mjs')
const fault = findNodeFault() ?? findMissing()
if (fault !== null) {
  console.error(fault)
  process.exit(1)
}
const [program = '', ...args] = process.argv.slice(isInstalling ? 3 : 2)
const file = program.includes('/') ? join(ROOT, program) : fileOfCommand(program)
process.argv = [process.execPath, file, ...args]
if (file.endsWith('.ts')) {
  require('tsx/cjs/api').register()
  require(file)
} else {
  await import(pathToFileURL(file).href)
}
