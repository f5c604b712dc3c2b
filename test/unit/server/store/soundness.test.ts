/** Files that were damaged or cut: small ones are refused at the start, large ones while it serves. */
import { closeSync, openSync, readFileSync, statSync, truncateSync, writeSync } from 'node:fs'
import { join, relative } from 'node:path'
import Database from 'better-sqlite3'
import { openDatabase } from '../../../../server/store/sqlite/open'
import { assertUndamaged, checkLater } from '../../../../server/store/sqlite/soundness'
import { makeTempDir } from '../../../support/temp-dir'

const MIB = 1024 * 1024
const WITHIN_MS = 60_000

const dir = makeTempDir()
afterAll(() => {
  dir.remove()
})

let count = 0

function makeDatabase(bytes: number): string {
  const file = join(dir.path, `${count++}.db`)
  openDatabase(file).close()
  const db = new Database(file)
  db.exec('CREATE TABLE filling (bytes BLOB)')
  const insert = db.prepare('INSERT INTO filling VALUES (zeroblob(?))')
  for (let written = 0; written < bytes; written += MIB) insert.run(MIB)
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
  return file
}

/** Writes over the middle of the file, as a broken disk would. */
function damage(file: string): void {
  const handle = openSync(file, 'r+')
  writeSync(
    handle,
    Buffer.alloc(64 * 1024, 0xa5),
    0,
    64 * 1024,
    Math.floor(statSync(file).size / 2),
  )
  closeSync(handle)
}

describe('a small file', () => {
  it('is sound, and needs no second look', () => {
    const file = makeDatabase(MIB)
    expect(() => assertUndamaged(file)).not.toThrow()
    expect(checkLater(file)).toBeNull()
  })

  it('is refused when it is damaged, and its bytes stay', () => {
    const file = makeDatabase(MIB)
    damage(file)
    const before = readFileSync(file)
    expect(() => assertUndamaged(file)).toThrow(/is damaged.*Restore a backup/)
    expect(readFileSync(file).equals(before)).toBe(true)
  })
})

describe('a large file', () => {
  let file: string
  beforeAll(() => {
    file = makeDatabase(70 * MIB)
  }, WITHIN_MS)

  it(
    'is looked at while the server serves, and found sound',
    async () => {
      expect(() => assertUndamaged(file)).not.toThrow()
      expect(await checkLater(file)?.result).toBeNull()
    },
    WITHIN_MS,
  )

  it('may be given up', async () => {
    const check = checkLater(file)
    check?.giveUp()
    expect(check).not.toBeNull()
    expect(await check?.result).toBeNull()
  })

  it(
    'is found out when its middle is damaged',
    async () => {
      damage(file)
      expect(() => assertUndamaged(file)).not.toThrow()
      // Relative to the working folder, as DATABASE_URL names it by default.
      const check = checkLater(relative(process.cwd(), file))
      expect((await check?.result)?.message).toMatch(/is damaged.*Restore a backup/)
    },
    WITHIN_MS,
  )

  it('is refused at the start when it was cut', () => {
    truncateSync(file, statSync(file).size - 8192)
    expect(() => openDatabase(file)).toThrow(/can't be used: .*database disk image is malformed/)
  })
})
