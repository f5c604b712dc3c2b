/**
 * Checks the header of SQLite's write-ahead log, because SQLite takes a log with a broken header for an
 * empty one, without an error.
 * https://www.sqlite.org/fileformat2.html#the_write_ahead_log
 */
import { closeSync, openSync, readSync } from 'node:fs'

const HEADER_BYTES = 32
const SUMMED_BYTES = 24
const MAGIC = 0x377f0682
/** The last bit of the magic number says in which byte order the sums were made. */
const MAGIC_BIG_ENDIAN = 0x377f0683

/**
 * Closing a file drops this process's POSIX locks on it. SQLite holds none on the WAL, so this is safe.
 */
function readHeader(path: string): Buffer {
  const handle = openSync(path, 'r')
  try {
    const header = Buffer.alloc(HEADER_BYTES)
    return header.subarray(0, readSync(handle, header, 0, HEADER_BYTES, 0))
  } finally {
    closeSync(handle)
  }
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
export function isWalBroken(path: string): boolean {
  const header = readHeader(path)
  if (header.length < HEADER_BYTES || header.every((byte) => byte === 0)) return false
  const magic = header.readUInt32BE(0)
  if (magic !== MAGIC && magic !== MAGIC_BIG_ENDIAN) return true
  const sums = sumsOf(header.subarray(0, SUMMED_BYTES), magic === MAGIC_BIG_ENDIAN)
  return sums.some((sum, index) => sum !== header.readUInt32BE(SUMMED_BYTES + 4 * index))
}
