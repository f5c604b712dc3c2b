/** npm run backup and its built version: a copy that opens, or a message with advice. */
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { openSqliteStore } from '../support/sqlite-store'
import type { Store } from '../../server/store/store'
import { BUILT_SERVER } from '../support/built-server'
import { makeTempDir } from '../support/temp-dir'

const ROOT = join(__dirname, '../..')
jest.setTimeout(60_000)

const dir = makeTempDir()
const file = join(dir.path, 'app.db')
const SOURCES = ['--import', 'tsx', 'server/backup.ts']
let store: Store
beforeAll(() => {
  store = openSqliteStore(file)
})
afterAll(async () => {
  await store.close()
  dir.remove()
})

/** @param databaseUrl null leaves it to .env. */
function run(
  args: string[],
  databaseUrl: string | null = `file:${file}`,
  program = SOURCES,
  cwd = ROOT,
) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...program, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], DATABASE_URL: databaseUrl ?? undefined },
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

async function logIn(id: string): Promise<unknown> {
  const { user } = await store.login({
    appid: 'wxA',
    openid: 'oA',
    unionid: null,
    sessionKeySealed: 'k.x',
    sessionKeyAtMs: 1,
    session: { id, device: 'iPhone', expiresAtMs: 9e12 },
    nowMs: 1,
    idleSinceMs: 0,
    maxSessions: 20,
  })
  return user
}

async function expectCopy(copy: string, id: string, user: unknown): Promise<void> {
  const restored = openSqliteStore(copy)
  await expect(restored.findLiveSession(id)).resolves.toMatchObject({ user })
  await restored.close()
  expect(statSync(copy).mode & 0o777).toBe(0o600)
  const db = new Database(copy, { readonly: true })
  expect(db.pragma('quick_check', { simple: true })).toBe('ok')
  db.close()
}

it('copies while the store is open, and the copy contains the same rows', async () => {
  const user = await logIn('s1')
  const copy = join(dir.path, 'copy.db')
  expect(run([copy])).toMatchObject({ status: 0, stderr: '' })
  const again = run([copy])
  expect([again.status, again.stderr]).toEqual([1, expect.stringContaining('exists already')])
  await expectCopy(copy, 's1', user)
})

it('lets only the owner read the copy, also when the umask allows everybody', () => {
  const copy = join(dir.path, 'umask.db')
  const umask = process.umask(0)
  const { status } = run([copy])
  process.umask(umask)
  expect([status, statSync(copy).mode & 0o777]).toEqual([0, 0o600])
})

it('is included in the build for servers without sources and tools', async () => {
  const server = join(dir.path, 'server')
  cpSync(BUILT_SERVER, join(server, 'dist/server'), { recursive: true })
  mkdirSync(join(server, 'node_modules'))
  // The only production package that is not in the bundle.
  symlinkSync(
    join(ROOT, 'node_modules/better-sqlite3'),
    join(server, 'node_modules/better-sqlite3'),
  )
  cpSync(join(ROOT, 'package.json'), join(server, 'package.json'))
  const user = await logIn('s2')
  writeFileSync(join(server, '.env'), `DATABASE_URL=file:${file}\n`)
  const program = ['--env-file=.env', 'dist/server/backup.js']
  expect(run(['backup.db'], `file:${file}`, program, server)).toMatchObject({
    status: 0,
    stderr: '',
  })
  await expectCopy(join(server, 'backup.db'), 's2', user)
})

it('reads a .env with the BOM of Windows Notepad, and refuses one in UTF-16', async () => {
  const user = await logIn('s3')
  const folder = join(dir.path, 'windows')
  mkdirSync(folder)
  const program = [
    '--import',
    join(ROOT, 'node_modules/tsx/dist/loader.mjs'),
    join(ROOT, 'server/backup.ts'),
  ]
  const backUp = () => run(['copy.db'], null, program, folder)
  const settings = `DATABASE_URL=file:${file}\r\n`
  writeFileSync(join(folder, '.env'), `\uFEFF${settings}`, 'utf16le')
  expect(backUp()).toMatchObject({
    status: 1,
    stderr: '.env is not UTF-8: save it as UTF-8.\n',
  })
  writeFileSync(join(folder, '.env'), `\uFEFF${settings}`)
  expect(backUp()).toMatchObject({ status: 0, stderr: '' })
  await expectCopy(join(folder, 'copy.db'), 's3', user)
})

it('--help explains the command and writes nothing', () => {
  const before = readdirSync(dir.path)
  expect(run(['--help'])).toMatchObject({ status: 0, stdout: expect.stringContaining('FILE') })
  expect(existsSync(join(ROOT, '--help'))).toBe(false)
  expect(readdirSync(dir.path)).toEqual(before)
})

it.each<[string, (at: (name: string) => string) => [args: string[], url?: string], RegExp]>([
  ['no file named', () => [[]], /^Give a file to write:\nnpm run backup/],
  ['an unknown option', (at) => [['--force', at('x.db')]], /--force[^]*npm run backup/],
  ['two files', (at) => [[at('x.db'), at('y.db')]], /^Unexpected argument .*y\.db/],
  ['a folder that is not there', (at) => [[at('nowhere/x.db')]], /^There is no folder .*nowhere:/],
  ['a folder that is a file', (at) => [[at('app.db/x.db')]], /^.*x\.db can't be written \(ENOTDIR/],
  [
    'a source that is text',
    (at) => {
      writeFileSync(at('letter'), 'this is no database, it is a letter to somebody'.repeat(50))
      return [[at('x.db')], `file:${at('letter')}`]
    },
    /letter is no sound database \(SQLITE_NOTADB\)/,
  ],
  ['a source that is a folder', (at) => [[at('x.db')], `file:${dir.path}`], /is no sound database/],
  ['no source', (at) => [[at('x.db')], `file:${at('none.db')}`], /^There is no database at/],
  ['an empty DATABASE_URL', (at) => [[at('x.db')], ''], /^DATABASE_URL must be file:PATH/],
  ['an unknown kind', (at) => [[at('x.db')], 'oracle://db'], /^DATABASE_URL must be file:PATH/],
  ['a database server', (at) => [[at('x.db')], 'mysql://root:geheim@db/app'], /use pg_dump/],
])('%s: prints a message without a stack, and leaves no file', (_name, plan, message) => {
  const [args, url] = plan((name) => join(dir.path, name))
  const { status, stderr } = run(args, url)
  expect([status, stderr]).toEqual([1, expect.stringMatching(message)])
  expect(stderr).not.toMatch(/\n {4}at |geheim/)
  expect(existsSync(join(dir.path, 'x.db'))).toBe(false)
})
