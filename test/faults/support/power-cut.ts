/**
 * The files after a power cut. Data covered by a sync is there; of later writes, nothing or any
 * sectors in any order may be there. A new name is there once its folder was synced, and a removed
 * file may come back. A failed sync covers nothing, then or later.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Random } from './sizes'

/** What happens to a change that no sync covered. */
export type Unsynced = 'lost' | 'some survive'

const KINDS = [
  '',
  'create',
  'write',
  'truncate',
  'sync',
  'failed sync',
  'unlink',
  'make dir',
] as const
const HEAD_BYTES = 32
const SECTOR_BYTES = 512

interface Change {
  kind: (typeof KINDS)[number]
  path: string
  offset: number
  data: Buffer
}

type Write = Pick<Change, 'offset' | 'data'> | { size: number }

interface Image {
  /** Zero from `size` on. */
  bytes: Buffer
  size: number
}

/** A file, independent of its name. */
interface File {
  durable: Image
  pending: Write[]
}

type Entry = File | 'folder'

const newFile = (bytes: Buffer): File => ({ durable: { bytes, size: bytes.length }, pending: [] })

export interface Disk {
  /** Folders contain names, by path: as the running system sees them, and as the disk has them. */
  names: Map<string, Entry>
  durableNames: Map<string, Entry>
}

/** An incomplete record at the end is ignored: the process died while writing it. */
function parseJournal(journal: Buffer): Change[] {
  const changes: Change[] = []
  for (let at = 0; at + HEAD_BYTES <= journal.length;) {
    const [kind = 0, pathLength = 0, offset = 0, length = 0] = [0, 8, 16, 24].map((field) =>
      Number(journal.readBigInt64LE(at + field)),
    )
    const pathAt = at + HEAD_BYTES
    const dataAt = pathAt + pathLength
    at = dataAt + length
    if (at > journal.length) break
    const path = journal.toString('utf8', pathAt, dataAt)
    changes.push({ kind: KINDS[kind] ?? '', path, offset, data: journal.subarray(dataAt, at) })
  }
  return changes
}

/** Doubles the space, because most files grow by many small writes. */
function setSize(image: Image, size: number): void {
  if (size > image.bytes.length) {
    const bytes = Buffer.alloc(2 * size)
    image.bytes.copy(bytes, 0, 0, image.size)
    image.bytes = bytes
  }
  if (size < image.size) image.bytes.fill(0, size, image.size)
  image.size = size
}

function apply(image: Image, write: Write): void {
  if ('size' in write) {
    setSize(image, write.size)
    return
  }
  setSize(image, Math.max(image.size, write.offset + write.data.length))
  write.data.copy(image.bytes, write.offset)
}

/** A disk writes whole sectors and does not know which write they belong to. */
function sectorsOf(write: Write): Write[] {
  if ('size' in write) return [write]
  const sectors: Write[] = []
  for (let from = 0; from < write.data.length;) {
    const to = from + SECTOR_BYTES - ((write.offset + from) % SECTOR_BYTES)
    sectors.push({ offset: write.offset + from, data: write.data.subarray(from, to) })
    from = to
  }
  return sectors
}

const survivorsOf = (writes: Write[], unsynced: Unsynced, random: Random): Write[] =>
  unsynced === 'lost' ? [] : writes.flatMap(sectorsOf).filter(() => random.below(2) === 0)

function settle(file: File, writes: Write[]): void {
  for (const write of writes) apply(file.durable, write)
  file.pending = []
}

function syncFolder({ names, durableNames }: Disk, folder: string): void {
  for (const path of new Set([...names.keys(), ...durableNames.keys()])) {
    if (dirname(path) !== folder) continue
    const entry = names.get(path)
    if (entry === undefined) durableNames.delete(path)
    else durableNames.set(path, entry)
  }
}

function follow(disk: Disk, change: Change, unsynced: Unsynced, random: Random): void {
  const { kind, path, offset, data } = change
  const { names } = disk
  if (kind === 'create') names.set(path, newFile(Buffer.alloc(0)))
  else if (kind === 'make dir') names.set(path, 'folder')
  else if (kind === 'unlink') names.delete(path)
  else if (names.get(path) === 'folder') {
    if (kind === 'sync') syncFolder(disk, path)
  } else {
    const file = names.get(path) as File | undefined
    if (file === undefined) throw new Error(`the journal has no file for ${kind} ${path}`)
    if (kind === 'write') file.pending.push({ offset, data })
    else if (kind === 'truncate') file.pending.push({ size: offset })
    else if (kind === 'sync') settle(file, file.pending)
    else settle(file, survivorsOf(file.pending, unsynced, random))
  }
}

/** Reads everything below the root, as if it were all synced. */
export function readDisk(root: string): Disk {
  const names = new Map<string, Entry>([[root, 'folder']])
  for (const entry of readdirSync(root, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name)
    if (path.endsWith('-shm')) continue
    if (entry.isDirectory()) names.set(path, 'folder')
    else names.set(path, newFile(readFileSync(path)))
  }
  return { names, durableNames: new Map(names) }
}

/** A rename is atomic, with everything below it. */
function survivingNames(disk: Disk, unsynced: Unsynced, random: Random): Map<string, Entry> {
  const { names, durableNames } = disk
  const surviving = new Map<string, Entry>()
  for (const path of new Set([...durableNames.keys(), ...names.keys()])) {
    const isNew = unsynced === 'some survive' && random.below(2) === 0
    const entry = (isNew ? names : durableNames).get(path)
    if (entry !== undefined) surviving.set(path, entry)
  }
  return surviving
}

/**
 * Rebuilds the content of the root from its initial state and the later events.
 * @param journal of faulty-disk.c, which began when `disk` was read.
 */
export function cutPower(
  root: string,
  disk: Disk,
  journal: Buffer,
  options: { unsynced: Unsynced; random: Random },
): void {
  const { unsynced, random } = options
  for (const change of parseJournal(journal)) follow(disk, change, unsynced, random)
  const surviving = survivingNames(disk, unsynced, random)
  rmSync(root, { recursive: true })
  mkdirSync(root)
  for (const path of [...surviving.keys()].sort()) {
    const entry = surviving.get(path)
    if (entry === undefined || path === root || !surviving.has(dirname(path))) continue
    if (entry === 'folder') {
      mkdirSync(path)
      continue
    }
    settle(entry, survivorsOf(entry.pending, unsynced, random))
    writeFileSync(path, entry.durable.bytes.subarray(0, entry.durable.size))
  }
}
