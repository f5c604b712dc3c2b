/**
 * Damaged or truncated files: small ones are refused at the start, large ones are checked while
 * serving.
 */
import {
  appendFileSync,
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import Database from 'better-sqlite3'
import { openDatabase } from '../../../../server/store/sqlite/open'
import { assertUndamaged, checkLater } from '../../../../server/store/sqlite/integrity-check'
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
  openDatabase(file, []).close()
  const db = new Database(file)
  db.exec('CREATE TABLE filling (bytes BLOB)')
  const insert = db.prepare('INSERT INTO filling VALUES (zeroblob(?))')
  for (let written = 0; written < bytes; written += MIB) insert.run(MIB)
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
  return file
}

/** Overwrites the middle of the file, as a broken disk would. */
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
  it('is checked once and found intact', () => {
    const file = makeDatabase(MIB)
    expect(() => assertUndamaged(file)).not.toThrow()
    expect(checkLater(file)).toBeNull()
  })

  it('is refused when it is damaged, and keeps its bytes', () => {
    const file = makeDatabase(MIB)
    damage(file)
    const before = readFileSync(file)
    expect(() => assertUndamaged(file)).toThrow(/is damaged.*Restore a backup/)
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it.each([
    ['its last byte', (size: number) => size - 1],
    ['half of its last page', (size: number) => size - 2048],
    ['all but its first byte', () => 1],
    ['all but its header', () => 100],
  ])('is refused when it lost %s, and keeps its bytes', (_what, newSize) => {
    const file = makeDatabase(MIB)
    truncateSync(file, newSize(statSync(file).size))
    const before = readFileSync(file)
    expect(() => openDatabase(file, [])).toThrow(
      /is damaged: it was cut; nothing was changed|is malformed|is not a database/,
    )
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('is not changed when it belongs to another program', () => {
    const file = join(dir.path, `${count++}.db`)
    const db = new Database(file)
    db.exec('CREATE TABLE users (name TEXT)')
    db.close()
    const before = readFileSync(file)
    expect(() => openDatabase(file, [])).toThrow(/can't be used: .*already exists/)
    expect(readFileSync(file).equals(before)).toBe(true)
  })
})

describe('a log', () => {
  /** As after kill -9: a row is only in the log. */
  function makeLog(): { file: string; log: string } {
    const source = makeDatabase(MIB)
    const db = new Database(source)
    db.pragma('journal_mode = WAL')
    db.exec("INSERT INTO filling VALUES ('in the log')")
    const file = join(dir.path, `${count++}.db`)
    const log = `${file}-wal`
    copyFileSync(source, file)
    copyFileSync(`${source}-wal`, log)
    db.close()
    return { file, log }
  }

  function write(log: string, at: number, bytes: Buffer): void {
    const handle = openSync(log, 'r+')
    writeSync(handle, bytes, 0, bytes.length, at)
    closeSync(handle)
  }

  const countRows = (file: string) => {
    const db = openDatabase(file, [])
    const count = db
      .prepare("SELECT count(*) FROM filling WHERE bytes = 'in the log'")
      .pluck()
      .get()
    db.close()
    return count
  }

  it('is read, even if a power cut left half of its last page in the file', () => {
    const { file } = makeLog()
    appendFileSync(file, Buffer.alloc(2048))
    expect(countRows(file)).toBe(1)
  })

  it.each([0, 8, 23, 31])('is refused when byte %d of its header is changed', (at) => {
    const { file, log } = makeLog()
    const byte = readFileSync(log).subarray(at, at + 1)
    write(log, at, Buffer.from([(byte[0] ?? 0) ^ 1]))
    const before = readFileSync(log)
    expect(() => openDatabase(file, [])).toThrow(/is damaged: its log has a broken header/)
    expect(readFileSync(log).equals(before)).toBe(true)
  })

  it('counts as empty when its header was never written', () => {
    const { file, log } = makeLog()
    write(log, 0, Buffer.alloc(32))
    expect(countRows(file)).toBe(0)
  })
})

describe('a large file', () => {
  let file: string
  beforeAll(() => {
    file = makeDatabase(70 * MIB)
  }, WITHIN_MS)

  it(
    'is checked while the server serves, and found intact',
    async () => {
      expect(() => assertUndamaged(file)).not.toThrow()
      expect(await checkLater(file)?.result).toBeNull()
    },
    WITHIN_MS,
  )

  it('can be interrupted', async () => {
    const check = checkLater(file)
    check?.giveUp()
    expect(check).not.toBeNull()
    expect(await check?.result).toBeNull()
  })

  it(
    'is detected when its middle is damaged',
    async () => {
      damage(file)
      expect(() => assertUndamaged(file)).not.toThrow()
      // Relative to the working folder, as DATABASE_URL names it by default.
      const check = checkLater(relative(process.cwd(), file))
      expect((await check?.result)?.message).toMatch(/is damaged.*Restore a backup/)
    },
    WITHIN_MS,
  )

  it('is refused at the start when it was truncated', () => {
    truncateSync(file, statSync(file).size - 8192)
    expect(() => openDatabase(file, [])).toThrow(
      /can't be used: .*database disk image is malformed/,
    )
  })
})
