/**
 * The SQLite driver is missing or was built for another Node: a message and exit code 78, never a
 * crash.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadDriver } from '../../../../server/store/sqlite/load-driver'
import { makeTempDir } from '../../../support/temp-dir'

const ROOT = join(__dirname, '../../../..')
/** The first version that the current Node can't load. */
const TOO_NEW = process.versions.node.startsWith('20.') ? '13.0.0' : '14.0.0'

const dir = makeTempDir()
beforeAll(() => {
  for (const file of ['store/sqlite/load-driver.ts', 'operator-error.ts']) {
    cpSync(join(ROOT, 'server', file), join(dir.path, file))
  }
})
afterAll(() => {
  dir.remove()
})

/**
 * Loads the driver in a folder with that package, whose code exits the process as a crash would.
 */
function load(version: string | null, code: string) {
  const folder = join(dir.path, 'node_modules/better-sqlite3')
  if (version !== null) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ version, main: 'index.js' }))
    writeFileSync(join(folder, 'index.js'), code)
  }
  const program = `
    const { loadDriver } = require(${JSON.stringify(join(dir.path, 'store/sqlite/load-driver.ts'))})
    try { loadDriver() } catch (error) { console.log(error.exitCode, error.message) }`
  const args = ['--import', 'tsx', '--input-type=commonjs', '-e', program]
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' })
  return { status, stdout }
}

it('says what to install when it is missing', () => {
  const { status, stdout } = load(null, '')
  expect([status, stdout]).toEqual([
    0,
    expect.stringMatching(/^78 The SQLite driver .*is not installed\. .*npm ci/),
  ])
})

it('reads the version first, and runs no code that does not match this Node', () => {
  const { status, stdout } = load(TOO_NEW, 'process.exit(139)')
  expect([status, stdout]).toEqual([
    0,
    expect.stringContaining(`better-sqlite3 ${TOO_NEW} does not fit`),
  ])
})

it('reports native code that was compiled for another Node', () => {
  const { status, stdout } = load(
    '12.0.0',
    'module.exports = class { constructor() { throw new Error("NODE_MODULE_VERSION 999") } }',
  )
  expect([status, stdout]).toEqual([
    0,
    expect.stringMatching(/can't be loaded \(NODE_MODULE_VERSION 999\)/),
  ])
})

it('loads the one that the project installs', () => {
  expect(new (loadDriver())(':memory:').pragma('user_version', { simple: true })).toBe(0)
})
