/**
 * A clone without its packages: start and test install them, every other command prints one line
 * about it.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { copyProject } from '../../support/project-copy'
import type { ProjectCopy } from '../../support/project-copy'

const ROOT = join(__dirname, '../../..')
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>
}

let clone: ProjectCopy
beforeAll(() => {
  clone = copyProject(['scripts', 'package.json', 'package-lock.json'])
  rmSync(join(clone.path, 'node_modules'), { recursive: true })
})
afterAll(() => {
  clone.remove()
})

const run = (args: string[], env: NodeJS.ProcessEnv = {}) =>
  spawnSync(process.execPath, args, {
    cwd: clone.path,
    env: { PATH: process.env['PATH'], ...env },
    encoding: 'utf8',
  })

it('every command goes through scripts/run.mjs, and only start and test install', () => {
  const others = Object.entries(scripts).filter(
    ([, line]) => !/^node scripts\/run\.mjs (?!--install)/.test(line),
  )
  expect(Object.fromEntries(others)).toEqual({
    start: 'node scripts/run.mjs --install scripts/start/main.ts',
    test: expect.stringMatching(/^node scripts\/run\.mjs --install jest /) as unknown,
  })
})

it.each(['scripts/doctor/main.ts', 'jest', 'scripts/build.mjs'])(
  '%s: missing packages cause one line on stderr',
  (program) => {
    const { status, stdout, stderr } = run(['scripts/run.mjs', program])
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^The packages are missing .*: run npm ci.*\n$/)
  },
)

it('installing writes to stderr, because stdout belongs to the command', () => {
  clone.write('npm.js', 'console.log("added 900 packages"); process.exit(3)')
  const { status, stdout, stderr } = run(['scripts/setup.mjs'], {
    npm_execpath: join(clone.path, 'npm.js'),
  })
  expect([status, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(/^Installing packages[^]*added 900 packages\nnpm ci failed/)
})
