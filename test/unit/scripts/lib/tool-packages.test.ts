/** Tools that are installed on first use. A script plays npm and counts its runs. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installTools } from '../../../../scripts/lib/tool-packages'
import { makeTempDir } from '../../../support/temp-dir'

const dir = makeTempDir()
const npmBefore = process.env['npm_execpath']
const runs = join(dir.path, 'runs')
const lock = join(dir.path, '.installing')

beforeAll(() => {
  const npm = join(dir.path, 'npm.cjs')
  writeFileSync(
    npm,
    `const fs = require('fs')
     fs.appendFileSync('runs', 'x')
     setTimeout(() => {
       fs.mkdirSync('node_modules')
       fs.writeFileSync('node_modules/.package-lock.json', '{}')
     }, 300)`,
  )
  process.env['npm_execpath'] = npm
})
afterAll(() => {
  if (npmBefore === undefined) delete process.env['npm_execpath']
  else process.env['npm_execpath'] = npmBefore
  dir.remove()
})

it('installs once for several at once, also after a process that died while it installed', async () => {
  jest.spyOn(console, 'log').mockReturnValue(undefined)
  // No process has so large an id.
  writeFileSync(lock, '2147483646')
  await Promise.all([1, 2, 3].map(() => installTools(dir.path, 'a tool')))
  expect(readFileSync(runs, 'utf8')).toBe('x')
  expect(existsSync(lock)).toBe(false)
})
