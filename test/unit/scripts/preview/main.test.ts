/** npm run preview as a command: errors are reported before any address is printed. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { writeProgram, type Files } from '../../../support/written-program'

const ROOT = join(__dirname, '../../../..')
const RUN_WITHIN_MS = 20_000

function run(args: string[], env: NodeJS.ProcessEnv = {}) {
  const program = ['--import', 'tsx', 'scripts/preview/main.ts']
  const { status, stdout, stderr } = spawnSync(process.execPath, [...program, ...args], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], PREVIEW_PORT: '0', ...env },
    encoding: 'utf8',
    timeout: RUN_WITHIN_MS,
  })
  return { status, stdout, stderr }
}

const folders: string[] = []

function written(files: Files): string {
  const dir = writeProgram(files)
  folders.push(dirname(dir))
  return dir
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

it.each<[string, string[], NodeJS.ProcessEnv, RegExp]>([
  ['an unknown option', ['--port', '1'], {}, /--port[^]*npm run preview -- \[--dir PATH\]/],
  ['a word without --report', ['table.md'], {}, /^Unexpected argument 'table.md': only --report/],
  ['a mock file that is not there', ['--mock', 'no.json'], {}, /^--mock no\.json can't be read/],
  ['a URL to allow', ['--allow', 'https://a.com'], {}, /^--allow takes a host such as api/],
  [
    'a report that nobody may write',
    ['--report', '/nonexistent/a.md'],
    {},
    /^\/nonexistent\/a.md can't/,
  ],
  [
    'a report of a folder without a mini-program',
    ['--dir', 'docs', '--report'],
    {},
    /no app\.json/,
  ],
  ['a port that is none', [], { PREVIEW_PORT: 'abc' }, /^PREVIEW_PORT must be a port from 0/],
  ['a folder that is not there', ['--dir', '/nonexistent'], {}, /no app\.json in \/nonexistent:/],
  [
    'a folder without a mini-program',
    ['--dir', 'server'],
    {},
    /^There is no app\.json in .*server/,
  ],
  [
    'a BFF without http://',
    [],
    { BFF_URL: '127.0.0.1:3000' },
    /^BFF_URL must be a URL such as http:\/\/127\.0\.0\.1:3000, not 127\.0\.0\.1:3000\.\n$/,
  ],
  ['a BFF with a name alone', [], { BFF_URL: 'localhost:3000' }, /^BFF_URL must be a URL/],
  ['an empty sandbox', [], { SANDBOX_URL: '' }, /^SANDBOX_URL must be a URL such as .*, not empty/],
  [
    'a function that is none',
    [],
    { CLOUD_FUNCTION_URL: 'no' },
    /^CLOUD_FUNCTION_URL must be a URL/,
  ],
  [
    'a project.config.json that is no JSON',
    ['--dir', written({ 'project.config.json': '{"miniprogramRoot": "src/"' })],
    {},
    /project\.config\.json can't be read: Expected ',' or '\}'.*\.\n$/,
  ],
  [
    'a project.config.json that is no object',
    ['--dir', written({ 'project.config.json': '[]' })],
    {},
    /project\.config\.json must hold a JSON object\.\n$/,
  ],
  [
    'an app.json that is a folder',
    ['--dir', join(written({ 'src/app.json/x': '' }), 'src')],
    {},
    /^app\.json in .*src can't be read \(EISDIR\): name a mini-program's folder\.\n$/,
  ],
])('%s', (_name, args, env, message) => {
  const { status, stdout, stderr } = run(args, env)
  expect([status, stdout, stderr]).toEqual([1, '', expect.stringMatching(message)])
  expect(stderr).not.toMatch(/\n {4}at /)
})

it('a used port is named, with advice', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const { status, stderr } = run([], { PREVIEW_PORT: String(port) })
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(`^Port ${port}, wanted by the preview, is taken.* npm run preview\\.\n$`),
  ])
  other.close()
})

it('--help explains the command', () => {
  expect(run(['--help'])).toMatchObject({ status: 0, stdout: expect.stringContaining('--dir') })
})
