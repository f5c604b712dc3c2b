/**
 * Finds damage that SQLite does not report: it reads the missing end of a cut last page as zeros, and
 * takes a log with a broken header for an empty one.
 * https://www.sqlite.org/fileformat2.html
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs'

const HEADER_BYTES = 100
const MAGIC = Buffer.from('SQLite format 3\0')
const PAGE_SIZE_AT = 16
/** A page size of 65,536 does not fit into its two bytes. */
const LARGEST_PAGE = { stored: 1, bytes: 65_536 }

const LOG_HEADER_BYTES = 32
const LOG_SUMMED_BYTES = 24
const LOG_MAGIC = 0x377f0682
/** The last bit of the magic number says in which byte order the sums were made. */
const LOG_MAGIC_BIG_ENDIAN = 0x377f0683

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

function readStart(path: string, length: number): Buffer {
  const handle = openSync(path, 'r')
  try {
    const start = Buffer.alloc(length)
    return start.subarray(0, readSync(handle, start, 0, length, 0))
  } finally {
    closeSync(handle)
  }
}

function isCut(path: string): boolean {
  const size = sizeOf(path)
  if (size < HEADER_BYTES) return true
  const header = readStart(path, HEADER_BYTES)
  // SQLite reports a file that is no database.
  if (!header.subarray(0, MAGIC.length).equals(MAGIC)) return false
  const stored = header.readUInt16BE(PAGE_SIZE_AT)
  const pageSize = stored === LARGEST_PAGE.stored ? LARGEST_PAGE.bytes : stored
  return size % pageSize !== 0
}

/** The two running sums of the file format, in a byte order of the machine that wrote them. */
function sumsOf(bytes: Buffer, isBigEndian: boolean): [number, number] {
  const read = (at: number) => (isBigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at))
  let one = 0
  let other = 0
  for (let at = 0; at < bytes.length; at += 8) {
    one = (one + read(at) + other) >>> 0
    other = (other + read(at + 4) + one) >>> 0
  }
  return [one, other]
}

/** After a power cut the header may never have been written; then nothing in the log was acknowledged. */
function isLogBroken(path: string): boolean {
  const header = readStart(path, LOG_HEADER_BYTES)
  if (header.length < LOG_HEADER_BYTES || header.every((byte) => byte === 0)) return false
  const magic = header.readUInt32BE(0)
  if (magic !== LOG_MAGIC && magic !== LOG_MAGIC_BIG_ENDIAN) return true
  const sums = sumsOf(header.subarray(0, LOG_SUMMED_BYTES), magic === LOG_MAGIC_BIG_ENDIAN)
  return sums.some((sum, index) => sum !== header.readUInt32BE(LOG_SUMMED_BYTES + 4 * index))
}

/** @param path of a file that is not empty. @returns what is wrong with it; null for nothing. */
export function findCut(path: string): string | null {
  const log = `${path}-wal`
  if (sizeOf(log) > 0) return isLogBroken(log) ? 'its log has a broken header' : null
  // SQLite makes the file whole from its journal.
  if (sizeOf(`${path}-journal`) > 0) return null
  return isCut(path) ? 'it was cut' : null
}
