/** Arguments of the commands that run until Ctrl-C or take none, and what npm start says of .env. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { copyProject } from '../../../support/project-copy'

const ROOT = join(__dirname, '../../../..')
const RUN_WITHIN_MS = 30_000

function run(script: string, args: string[], cwd = ROOT, env: NodeJS.ProcessEnv = {}) {
  const { PATH, HOME } = process.env
  const ports = { PORT: '0', SANDBOX_PORT: '0', PREVIEW_PORT: '0' }
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', script, ...args],
    { cwd, env: { PATH, HOME, ...ports, ...env }, encoding: 'utf8', timeout: RUN_WITHIN_MS },
  )
  return { status, stdout, stderr }
}

describe.each([
  ['scripts/start/main.ts', 'npm start'],
  ['scripts/preview/screenshots.ts', 'npm run screenshots'],
  ['scripts/sandbox/main.ts', 'npm run sandbox'],
])('%s', (script, command) => {
  it('--help explains the command and starts nothing', () => {
    const { status, stdout, stderr } = run(script, ['--help'])
    expect([status, stdout, stderr]).toEqual([0, expect.stringMatching(`^${command}`), ''])
  })

  it('an unknown argument is named, and nothing starts', () => {
    const { status, stdout, stderr } = run(script, ['--port', '4000'])
    expect([status, stdout, stderr]).toEqual([1, '', expect.stringMatching('--port')])
    expect(stderr).toContain(`\n${command}`)
  })
})

it('npm start names what it can not use of .env, as npm run doctor does', () => {
  const project = copyProject()
  try {
    project.write('.env', 'LOG_LEVEL debug\nPORTT=3100\n')
    // Equal ports end the start.
    const { stderr } = run('scripts/start/main.ts', [], project.path, {
      PORT: '61234',
      PREVIEW_PORT: '61234',
    })
    expect(stderr).toMatch(
      /^\.env: line 1 is not NAME=value\. .*\n\.env: nothing reads PORTT\. Is it PORT\? .*\nPORT and PREVIEW_PORT are both/,
    )
  } finally {
    project.remove()
  }
})
