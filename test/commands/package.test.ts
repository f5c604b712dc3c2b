/** npm run package: reports missing settings before it downloads 276 MB. */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { copyProject } from '../support/project-copy'

it('reads the project before it installs the compiler', () => {
  const project = copyProject(['scripts', 'project.config.json', 'package.json'])
  const pack = (...args: string[]) =>
    spawnSync(process.execPath, ['--import', 'tsx', 'scripts/release/package.ts', ...args], {
      cwd: project.path,
      env: { PATH: '/nowhere' },
      encoding: 'utf8',
    })
  rmSync(join(project.path, 'project.config.json'))
  const bare = pack()
  expect([bare.status, bare.stdout]).toEqual([1, ''])
  expect(bare.stderr).toMatch(/^project\.config\.json can't be read: ENOENT/)
  expect(pack('--out', 'x.zip').stderr).toMatch(/--out[^]*npm run package takes no arguments/)
  project.remove()
})
