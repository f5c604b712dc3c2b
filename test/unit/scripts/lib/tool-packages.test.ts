/** Tools that are installed on first use. A script plays npm and counts its runs. */
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installTools } from '../../../../scripts/lib/tool-packages'
import { makeTempDir } from '../../../support/temp-dir'

const npmBefore = process.env['npm_execpath']
let dir: ReturnType<typeof makeTempDir>
let runs: string
let lock: string
let lines: string[]

const write = (file: string, content: unknown): void =>
  writeFileSync(join(dir.path, file), JSON.stringify(content))

/** As npm writes it, with a package for another platform that was left out. */
const lockfile = (version: string) => ({
  packages: {
    '': { version: '1.0.0' },
    'node_modules/a': { version },
    'node_modules/other-platform': { version: '1.0.0', optional: true },
  },
})

beforeEach(() => {
  dir = makeTempDir()
  runs = join(dir.path, 'runs')
  lock = join(dir.path, '.installing')
  lines = []
  const npm = join(dir.path, 'npm.cjs')
  writeFileSync(
    npm,
    `const fs = require('fs')
     fs.appendFileSync('runs', 'x')
     const { packages } = JSON.parse(fs.readFileSync('package-lock.json'))
     const installed = { 'node_modules/a': packages['node_modules/a'] }
     setTimeout(() => {
       fs.mkdirSync('node_modules', { recursive: true })
       fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages: installed }))
     }, 300)`,
  )
  write('package-lock.json', lockfile('1.0.0'))
  process.env['npm_execpath'] = npm
  jest.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line))
})
afterEach(() => {
  if (npmBefore === undefined) delete process.env['npm_execpath']
  else process.env['npm_execpath'] = npmBefore
  jest.restoreAllMocks()
  dir.remove()
})

const install = () => installTools(dir.path, 'a tool')

it('installs once for several at once, also after a process that died while it installed', async () => {
  // No process has so large an id.
  writeFileSync(lock, '2147483646')
  await Promise.all([1, 2, 3].map(install))
  expect(readFileSync(runs, 'utf8')).toBe('x')
  expect(existsSync(lock)).toBe(false)
  const waiting = lines.filter((line) => line.startsWith('Waiting'))
  // Once for each of the two that wait.
  expect(waiting).toEqual(
    Array<string>(2).fill(`Waiting for another installation (process ${process.pid}).`),
  )
})

it('removes a lock that a full disk left empty', async () => {
  writeFileSync(lock, '')
  const longAgo = new Date(Date.now() - 60_000)
  utimesSync(lock, longAgo, longAgo)
  await install()
  expect(readFileSync(runs, 'utf8')).toBe('x')
})

it('installs anew when the lockfile names another version, and only then', async () => {
  await install()
  await install()
  expect(readFileSync(runs, 'utf8')).toBe('x')
  write('package-lock.json', lockfile('1.0.1'))
  await install()
  expect(readFileSync(runs, 'utf8')).toBe('xx')
})

it('says where no lock can be written, and does not wait', async () => {
  const missing = join(dir.path, 'missing')
  await expect(installTools(missing, 'a tool')).rejects.toThrow(
    `${join(missing, '.installing')} can't be written (ENOENT).`,
  )
})
