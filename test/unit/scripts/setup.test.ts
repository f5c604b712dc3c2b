/** A fresh clone: each command of its own installs the packages first, and pipes nothing but its answer. */
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { copyProject } from '../../support/project-copy'

const ROOT = join(__dirname, '../../..')
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>
}
/** `npm run check` installs for those that it runs. */
const CHECKED = new Set(scripts['check']?.match(/check:\w+/g))

const commands = Object.entries(scripts)
  .filter(
    ([name, line]) => /^(tsx|jest) |^node scripts\/(?!setup)/.test(line) && !CHECKED.has(name),
  )
  .map(([name]) => name)

it.each(commands)('npm run %s installs what is missing', (command) => {
  expect(scripts[`pre${command}`]).toBe('node scripts/setup.mjs')
})

it('says on stderr that it installs: stdout is for the answer of the command', () => {
  const project = copyProject(['scripts/setup.mjs', 'package.json', 'package-lock.json'])
  rmSync(join(project.path, 'node_modules'), { recursive: true })
  project.write('npm.js', 'console.log("added 900 packages")')
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/setup.mjs'], {
    cwd: project.path,
    env: { PATH: process.env['PATH'], npm_execpath: join(project.path, 'npm.js') },
    encoding: 'utf8',
  })
  project.remove()
  expect([status, stdout]).toEqual([0, ''])
  expect(stderr).toMatch(/^Installing packages[^]*added 900 packages\nPackages installed in/)
})
