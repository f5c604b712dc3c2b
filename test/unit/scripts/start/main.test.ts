/** Arguments of the commands that run until Ctrl-C or take none. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const ROOT = join(__dirname, '../../../..')
const RUN_WITHIN_MS = 30_000

function run(script: string, args: string[]) {
  const { PATH, HOME } = process.env
  const ports = { PORT: '0', SANDBOX_PORT: '0', PREVIEW_PORT: '0' }
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', script, ...args],
    { cwd: ROOT, env: { PATH, HOME, ...ports }, encoding: 'utf8', timeout: RUN_WITHIN_MS },
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
