/**
 * npm run init as a user runs it: in a copy of the project, with input from a pipe or a keyboard.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { parseEnv } from 'node:util'
import { askForSecret } from '../../scripts/init/ask-secret'
import { fillIn } from '../../scripts/init/env-text'
import { bffEnv } from '../../scripts/start/bff-env'
import { readDevKeys } from '../../scripts/start/dev-keys'
import { parseConfig } from '../../server/config'
import { copyProject } from '../support/project-copy'
import type { ProjectCopy } from '../support/project-copy'

const APPID = 'wx0123456789abcdef'
const SECRET = '0123456789abcdef0123456789abcdef'
const RUN_WITHIN_MS = 60_000

let project: ProjectCopy
beforeEach(() => {
  project = copyProject()
})
afterEach(() => {
  project.remove()
})

function runScript(script: string, args: string[] = [], input = '') {
  const { PATH, HOME } = process.env
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', script, ...args],
    { cwd: project.path, env: { PATH, HOME }, encoding: 'utf8', input },
  )
  return { status, stdout, stderr }
}

const init = (args: string[], input = '') => runScript('scripts/init/main.ts', args, input)

const dotEnv = () => parseEnv(project.read('.env'))

it(
  'writes the AppID into both files and creates keys that the server accepts and only the owner can read',
  () => {
    const before = project.read('project.config.json')
    const run = init(['--appid', APPID, '--secret-stdin'], `${SECRET}\n`)
    expect([run.status, run.stderr]).toEqual([0, ''])
    expect(run.stdout).not.toContain(SECRET)
    expect(project.read('project.config.json')).toBe(before.replace('touristappid', APPID))
    expect(statSync(join(project.path, '.env')).mode & 0o777).toBe(0o600)
    const { apps, jwtSecrets, dataKeys } = parseConfig(bffEnv(dotEnv(), project.path, null))
    expect(apps).toEqual([{ appid: APPID, secret: SECRET, type: 'miniprogram' }])
    expect([jwtSecrets.length, dataKeys.length]).toEqual([1, 1])
    expect(jwtSecrets[0]!.kid).toBe('k1')
  },
  RUN_WITHIN_MS,
)

it(
  'puts the keys of npm start behind the new ones, so that old logins and phone numbers stay',
  () => {
    const made = readDevKeys(join(project.path, 'data/keys.env'))
    project.edit('data/keys.env', 'DATA_KEYS=dev:', 'DATA_KEYS=k1:')
    const run = init(['--appid', APPID, '--secret-stdin'], SECRET)
    expect(run.stdout).toContain('(JWT_SECRETS, DATA_KEYS):\n')
    expect(run.stdout).toContain('nobody is logged out, and saved phone numbers stay readable')
    const { jwtSecrets, dataKeys } = parseConfig(dotEnv())
    expect(jwtSecrets.map(({ kid }) => kid)).toEqual(['k1', 'dev'])
    expect(`dev:${jwtSecrets[1]!.secret}`).toBe(made['JWT_SECRETS'])
    // The new key takes another id than an old one has.
    expect(dataKeys.map(({ kid }) => kid)).toEqual(['k2', 'k1'])
    expect(`dev:${dataKeys[1]!.key.toString('base64')}`).toBe(made['DATA_KEYS'])
  },
  RUN_WITHIN_MS,
)

it(
  'sets an AppID that is no text, and writes no second one',
  () => {
    project.edit('project.config.json', '"touristappid"', '5')
    expect(init(['--appid', APPID]).status).toBe(0)
    expect(project.read('project.config.json').match(/"appid".*/g)).toEqual([
      `"appid": "${APPID}",`,
    ])
  },
  RUN_WITHIN_MS,
)

it(
  'keeps what has a value, however often it runs, and fills in what is missing',
  () => {
    const old = `# mine\nJWT_SECRETS=old:${'abcdefghijklmnop'.repeat(3)}\nPORT=3100\nDATA_KEYS=\n`
    project.write('.env', old)
    expect(init(['--appid', APPID]).status).toBe(0)
    const first = project.read('.env')
    expect(
      first.startsWith(
        `# mine\nJWT_SECRETS=old:${'abcdefghijklmnop'.repeat(3)}\nPORT=3100\nDATA_KEYS=k1:`,
      ),
    ).toBe(true)
    expect(dotEnv()['WECHAT_APPSECRET']).toBeUndefined()

    const again = init(['--appid', APPID, '--secret-stdin'], SECRET)
    expect(again.stdout).toContain('filled in: WECHAT_APPSECRET')
    expect(again.stdout).toContain('kept: WECHAT_APPID, JWT_SECRETS, DATA_KEYS')
    expect(project.read('.env')).toBe(`${first}WECHAT_APPSECRET=${SECRET}\n`)

    const other = 'f'.repeat(32)
    init(['--appid', APPID, '--secret-stdin'], other)
    expect(dotEnv()['WECHAT_APPSECRET']).toBe(SECRET)
  },
  RUN_WITHIN_MS,
)

it(
  'fills in the first line behind the BOM of Windows Notepad, and writes no second one',
  () => {
    project.write('.env', '\uFEFFWECHAT_APPID=\nPORT=3100\n')
    expect(init(['--appid', APPID]).status).toBe(0)
    expect(project.read('.env')).toMatch(/^WECHAT_APPID=wx0123456789abcdef\nPORT=3100\n/)
    expect(project.read('.env').match(/WECHAT_APPID/g)).toHaveLength(1)
  },
  RUN_WITHIN_MS,
)

it(
  'refuses another AppID in either file, and then writes nothing',
  () => {
    const other = 'wxfedcba9876543210'
    project.edit('project.config.json', 'touristappid', other)
    const run = init(['--appid', APPID])
    expect(run.status).toBe(1)
    expect(run.stderr).toMatch(/project\.config\.json holds another AppID, wxfedcba9876543210/)
    expect(existsSync(join(project.path, '.env'))).toBe(false)

    project.edit('project.config.json', other, 'touristappid')
    project.write('.env', `WECHAT_APPID=${other}\n`)
    expect(init(['--appid', APPID]).stderr).toMatch(/\.env holds another AppID/)
    expect(project.read('project.config.json')).toContain('touristappid')
    expect(readdirSync(project.path).filter((name) => name.endsWith('.new'))).toEqual([])
  },
  RUN_WITHIN_MS,
)

it.each([
  ['no AppID', [], '', /Give your AppID/],
  ['one digit short', ['--appid', 'wx0123456789abcde'], '', /Give your AppID/],
  ['the secret as an argument', ['--appid', APPID, '--secret', SECRET], '', /Unknown arguments/],
  ['the secret as a word', ['--appid', APPID, SECRET], '', /Unknown arguments/],
  ['no secret in the pipe', ['--appid', APPID, '--secret-stdin'], SECRET.slice(1), /has 31 char/],
])(
  '%s: reports the error, shows no secret, writes nothing',
  (_name, args, input, message) => {
    const run = init(args, input)
    expect(run.status).toBe(1)
    expect(run.stderr).toMatch(message)
    expect(run.stderr + run.stdout).not.toContain(SECRET.slice(1))
    expect(existsSync(join(project.path, '.env'))).toBe(false)
  },
  RUN_WITHIN_MS,
)

it('asks at the keyboard without echo; Enter alone postpones the secret', async () => {
  const keyboard = new PassThrough()
  const screen = new PassThrough()
  const answer = askForSecret(keyboard, screen)
  keyboard.write(`${SECRET}\r`)
  await expect(answer).resolves.toBe(SECRET)
  expect(String(screen.read())).toBe('AppSecret (not shown; Enter leaves it for later): \n')

  const nothing = askForSecret(keyboard, screen)
  keyboard.write('\r')
  await expect(nothing).resolves.toBeNull()
  const wrong = askForSecret(keyboard, screen)
  keyboard.write('not-a-secret\r')
  await expect(wrong).rejects.toThrow(/no AppSecret: .*this has 12 characters/)
})

it('fills in one line and leaves the others', () => {
  expect(fillIn('A=1\n#B=\nC=3\n', 'B', '$&')).toBe('A=1\nB=$&\nC=3\n')
  expect(fillIn('A=1', 'B', '2')).toBe('A=1\nB=2\n')
  expect(fillIn('export B=\n', 'B', '2')).toBe('B=2\n')
  expect(fillIn('B="kept"\n', 'B', '2')).toBe('B="kept"\n')
  expect(fillIn('#AB=1\n', 'B', '2')).toBe('#AB=1\nB=2\n')
  // A sentence that mentions the variable is not its line.
  expect(fillIn('# B=x is how\n', 'B', '2')).toBe('# B=x is how\nB=2\n')
})

it('fills the effective line, keeps an old key in a comment, and reports when nothing is set', () => {
  expect(fillIn('#B=\nA=1\nB=\n', 'B', '2')).toBe('#B=\nA=1\nB=2\n')
  expect(fillIn('B=\n#B=\nB=""\nC=3\n', 'B', '2')).toBe('B=\n#B=\nB=2\nC=3\n')
  expect(fillIn('#B=k0:old\n', 'B', '2')).toBe('#B=k0:old\nB=2\n')
  expect(fillIn('#B=k0:old\n#B=\n', 'B', '2')).toBe('#B=k0:old\nB=2\n')
  expect(fillIn('B=\r\nC=3\r\n', 'B', '2')).toBe('B=2\r\nC=3\r\n')
  expect(() => fillIn('A="never closed\nB=\n"\n', 'B', '2')).toThrow(/B would not be set/)
})

it(
  'a .env that is a folder is named by every command that reads it',
  () => {
    mkdirSync(join(project.path, '.env'))
    const runs = [
      init(['--appid', APPID]),
      init(['--appid', APPID, '--secret-stdin'], SECRET),
      runScript('scripts/start/main.ts'),
    ]
    for (const run of runs)
      expect([run.status, run.stderr]).toEqual([
        1,
        `${join(project.path, '.env')} can't be read (EISDIR). It is a folder: move it away.\n`,
      ])
  },
  RUN_WITHIN_MS,
)

it(
  'a place that can not be written is named, with a cure and without a stack',
  () => {
    mkdirSync(join(project.path, '.env.new'))
    const run = init(['--appid', APPID])
    expect([run.status, run.stderr]).toEqual([
      1,
      expect.stringMatching(
        /^.*\.env\.new can't be written \(EISDIR\)\. Let your user write there/,
      ),
    ])
    expect(run.stderr).not.toMatch(/\n {4}at /)
  },
  RUN_WITHIN_MS,
)
