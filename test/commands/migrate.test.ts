/**
 * npm run migrate refuses impossible jobs with a message that gives advice;
 * test/integration/move.test.ts tests the move.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { createFeatureStorages } from '../../server/feature-storages'
import { createSealer } from '../../server/sealing'
import { openSqliteStore } from '../support/sqlite-store'
import { BUILT_SERVER } from '../support/built-server'
import { makeTempDir } from '../support/temp-dir'

const NOBODY = 'postgres://root:geheim@127.0.0.1:1/app'
const storages = createFeatureStorages(createSealer([{ kid: 't', key: Buffer.alloc(32, 'key') }]))
const dir = makeTempDir()
const at = (name: string) => join(dir.path, name)
afterAll(() => dir.remove())

async function makeSource(name: string, change = ''): Promise<string> {
  await openSqliteStore(at(name), storages).close()
  const db = new Database(at(name))
  db.exec(change)
  db.close()
  return `file:${at(name)}`
}

function run(args: string[]) {
  const program = join(BUILT_SERVER, 'migrate.js')
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    env: { PATH: process.env['PATH'] },
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

it('--help explains the command', () => {
  const { status, stdout, stderr } = run(['--help'])
  expect([status, stderr, stdout]).toEqual([0, '', expect.stringMatching(/--from file:PATH --to/)])
})

it.each<[string, () => Promise<string[]> | string[], RegExp]>([
  ['nothing named', () => [], /^Give --from and --to:\nnpm run migrate/],
  ['an unknown option', () => ['--force'], /--force[^]*npm run migrate/],
  ['a source that is no file', () => ['--from', NOBODY, '--to', NOBODY], /^--from must be file:/],
  ['a target that is a file', () => ['--from', 'file:a', '--to', 'file:b'], /^--to must be/],
  [
    'a target without a host',
    () => ['--from', 'file:a', '--to', 'mysql://root:geh%eim@/x:y'],
    /^--to (is no URL|holds a %)/,
  ],
  [
    'no source',
    () => ['--from', `file:${at('none.db')}`, '--to', NOBODY],
    /^--from: there is no file .*none\.db/,
  ],
  [
    'a source that is text',
    () => {
      writeFileSync(at('letter'), 'this is no database, it is a letter to somebody'.repeat(50))
      return ['--from', `file:${at('letter')}`, '--to', NOBODY]
    },
    /letter is no sound database/,
  ],
  [
    'a source of an older program',
    async () => [
      ...['--from', await makeSource('old.db', 'PRAGMA user_version = 1'), '--to', NOBODY],
    ],
    /^--from: its schema is that of an older program: start this BFF with it once/,
  ],
  [
    'a source of a newer program',
    async () => [
      ...['--from', await makeSource('new.db', 'PRAGMA user_version = 99'), '--to', NOBODY],
    ],
    /^--from: a newer program made it/,
  ],
  [
    'a source with a migration that is unknown',
    async () => {
      const change = `INSERT INTO schema_migrations VALUES ('999-future', '2099')`
      return ['--from', await makeSource('future.db', change), '--to', NOBODY]
    },
    /^--from: a newer program made it/,
  ],
  [
    'a target that is away',
    async () => ['--from', await makeSource('app.db'), '--to', NOBODY],
    /^--to: PostgreSQL does not take it now \(ECONNREFUSED\)\. Nothing is lost: run the same/,
  ],
])(
  '%s: prints a message without a stack and without the password',
  async (_name, plan, message) => {
    const { status, stderr } = run(await plan())
    expect([status, stderr]).toEqual([1, expect.stringMatching(message)])
    expect(stderr).not.toMatch(/\n {4}at |geh/)
  },
)
