/** The file of the database: whose it is comes before what is in it. Runs as root, too. */
import fs from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { checkDatabase } from '../../../../scripts/doctor/database'
import { makeTempDir } from '../../../support/temp-dir'

const OURS = 4321
const OTHERS = 1234
const dir = makeTempDir()
const file = join(dir.path, 'app.db')

/** Like a file of this user and mode, for a user who is not root. */
function give(uid: number, mode: number, mayAccess: boolean): void {
  fs.writeFileSync(file, '')
  jest.spyOn(process, 'getuid').mockReturnValue(OURS)
  jest.spyOn(fs, 'statSync').mockReturnValue({ uid, mode, size: 0 } as fs.Stats)
  jest.spyOn(fs, 'accessSync').mockImplementation(() => {
    if (!mayAccess) throw Object.assign(new Error('no'), { code: 'EACCES' })
  })
}

afterEach(() => {
  jest.restoreAllMocks()
  for (const end of ['', '-wal', '-shm']) fs.rmSync(file + end, { recursive: true, force: true })
})
afterAll(() => {
  dir.remove()
})

const check = async () => {
  const env = { DATABASE_URL: `file:${file}` }
  const context = { root: dir.path, env, nodeVersion: '24.0.0', now: Date.now, online: false }
  const { what, cure = '' } = (await checkDatabase(context))[0]!
  return { what, cure }
}

it.each(['0600', '0644', '0444'])('mode %s of another user: chown, and no damage', async (mode) => {
  give(OTHERS, Number.parseInt(mode, 8), false)
  await expect(check()).resolves.toEqual({
    what: `${file} belongs to another user`,
    cure: expect.stringContaining(`chown "$(whoami)" ${file}*`) as string,
  })
})

it.each([
  ['0444', false, 'read-only'],
  ['0444', true, 'read-only'],
  ['0200', false, 'unreadable'],
])('mode %s of our own, access %p: chmod', async (mode, mayAccess, fault) => {
  give(OURS, Number.parseInt(mode, 8), mayAccess)
  await expect(check()).resolves.toEqual({
    what: `${file} is ${fault}`,
    cure: `chmod u+rw ${file}`,
  })
})

it('what SQLite can not open is no damage', async () => {
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  db.exec('CREATE TABLE t (x)')
  db.close()
  fs.mkdirSync(`${file}-wal`)
  const { what, cure } = await check()
  expect(what).toContain("can't be opened or written (SQLITE_CANTOPEN")
  expect(cure).toContain('chown or chmod')
})

it('says damage of a file that is no database', async () => {
  fs.writeFileSync(file, 'a letter to somebody'.repeat(100))
  await expect(check()).resolves.toMatchObject({
    what: `${file} is no sound database (SQLITE_NOTADB)`,
  })
})
