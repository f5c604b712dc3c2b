/** Copies all rows of a SQLite file to a database server, then reads each one back and compares it. */
import { OperatorError } from '../../operator-error'
import type { Key, Row, Source, SourceTable } from './source'
import { keyOf } from './target'
import type { Target } from './target'

/** One statement takes 65,535 parameters at most, and MySQL limits the size of a packet. */
const MAX_ROWS = 1000
const MAX_PARAMETERS = 30_000
const MAX_BYTES = 4 * 1024 * 1024
/** The same for rows with pictures. */
const MAX_ROWS_WITH_BYTES = 50

export interface Moved {
  tables: number
  rows: number
  isResumed: boolean
}

/** @param done rows of this table that are copied, or compared. */
export type OnProgress = (step: 'copied' | 'compared', table: SourceTable, done: number) => void

const sizeOf = (value: Row[number]): number =>
  typeof value === 'string' || Buffer.isBuffer(value) ? value.length : 8

function* inBatches({ columns }: SourceTable, rows: Iterable<Row>): Generator<Row[]> {
  const maxRows = Math.min(MAX_ROWS, Math.floor(MAX_PARAMETERS / columns.length))
  let batch: Row[] = []
  let bytes = 0
  for (const row of rows) {
    const size = row.reduce<number>((sum, value) => sum + sizeOf(value), 0)
    if (batch.length === maxRows || (batch.length > 0 && bytes + size > MAX_BYTES)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(row)
    bytes += size
  }
  if (batch.length > 0) yield batch
}

async function copyTable(
  source: Source,
  target: Target,
  table: SourceTable,
  onProgress: OnProgress,
): Promise<void> {
  let after = await target.findLastKey(table)
  let done = after === null ? 0 : await target.count(table)
  for (const batch of inBatches(table, source.rows(table, after))) {
    await target.insert(table, batch, after)
    after = keyOf(table, batch.at(-1) ?? [])
    done += batch.length
    onProgress('copied', table, done)
  }
}

const isSame = (one: Row[number] | undefined, other: Row[number]): boolean =>
  Buffer.isBuffer(one) && Buffer.isBuffer(other) ? one.equals(other) : one === other

export const EMPTY_TARGET_HINT =
  'Empty the target (drop and create the database), then move again with the BFF stopped.'

function assertSame(source: Source, table: SourceTable, found: Row): void {
  const key = keyOf(table, found)
  const original = source.find(table, key)
  const name = `${table.name} ${JSON.stringify(key)}`
  if (original === undefined)
    throw new OperatorError(`${name} is in the target alone. ${EMPTY_TARGET_HINT}`)
  const wrong = table.columns.filter((_, index) => !isSame(original[index], found[index] ?? null))
  if (wrong.length > 0)
    throw new OperatorError(`${name} differs: ${wrong.join(', ')}. ${EMPTY_TARGET_HINT}`)
}

/** Checks that every row of the target is one of the source, and that there are as many, so that they are the same. */
async function compareTable(
  source: Source,
  target: Target,
  table: SourceTable,
  onProgress: OnProgress,
): Promise<void> {
  const limit = table.hasBytes ? MAX_ROWS_WITH_BYTES : MAX_ROWS
  let done = 0
  let after: Key | null = null
  for (;;) {
    const rows: Row[] = await target.read(table, after, limit)
    for (const row of rows) assertSame(source, table, row)
    done += rows.length
    onProgress('compared', table, done)
    const last = rows.at(-1)
    if (last === undefined || rows.length < limit) break
    after = keyOf(table, last)
  }
  if (done === table.rowCount) return
  throw new OperatorError(
    `${table.name}: ${done} of ${table.rowCount} rows are there. ${EMPTY_TARGET_HINT}`,
  )
}

/**
 * @throws OperatorError when the target is not empty, when a row is not the same in both, or when
 * another process wrote to the source meanwhile. The next run resumes an interrupted one.
 */
export async function move(source: Source, target: Target, onProgress: OnProgress): Promise<Moved> {
  const { isResumed } = await target.prepare(source)
  const { tables } = source
  for (const table of tables) await copyTable(source, target, table, onProgress)
  for (const table of tables) await compareTable(source, target, table, onProgress)
  if (source.close().isChanged) {
    throw new OperatorError(
      `The BFF wrote to the source meanwhile, and that is not moved. ${EMPTY_TARGET_HINT}`,
    )
  }
  await target.finish()
  return {
    tables: tables.length,
    rows: tables.reduce((sum, { rowCount }) => sum + rowCount, 0),
    isResumed,
  }
}
