/** The files of a zip and their sizes when unpacked, from its central directory. */

const CENTRAL_ENTRY = 0x02014b50
const END_OF_DIRECTORY = 0x06054b50
const END_BYTES = 22
const ENTRY_BYTES = 46

/** @throws Error when the bytes are no zip file. */
export function readSizes(zip: Buffer): Map<string, number> {
  let end = zip.length - END_BYTES
  while (end >= 0 && zip.readUInt32LE(end) !== END_OF_DIRECTORY) end--
  if (end < 0) throw new Error('The compiler wrote no zip file.')
  const sizes = new Map<string, number>()
  let at = zip.readUInt32LE(end + 16)
  while (zip.readUInt32LE(at) === CENTRAL_ENTRY) {
    const [name, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset))
    const nameEnd = at + ENTRY_BYTES + (name ?? 0)
    const path = zip.toString('utf8', at + ENTRY_BYTES, nameEnd)
    if (!path.endsWith('/')) sizes.set(path, zip.readUInt32LE(at + 24))
    at = nameEnd + (extra ?? 0) + (comment ?? 0)
  }
  return sizes
}
