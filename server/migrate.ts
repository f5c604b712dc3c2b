/**
 * `npm run migrate -- --from file:… --to postgres://…`, and on a server `node dist/server/migrate.js`:
 * moves everything that a SQLite file holds to PostgreSQL or MySQL. The file is only read.
 */
import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { databaseUrl, sqliteFileOf } from './config/values'
import { explain, OperatorError } from './operator-error'
import { createFeatureStorages } from './feature-storages'
import { createSealer } from './sealing'
import { EMPTY_TARGET_HINT, move } from './store/moving/move'
import type { OnProgress } from './store/moving/move'
import { openSource } from './store/moving/source'
import { openTarget } from './store/moving/target'
import { loadDialect } from './store/open-store'
import { SchemaTooNewError } from './store/schema/migrations'
import type { SqlDialect } from './store/sql/dialect'
import { refusalOf, serverCodeOf } from './store/sql/classify-error'

const USAGE = `npm run migrate -- --from file:PATH --to URL
or with the built server: node dist/server/migrate.js --from file:PATH --to URL

Moves everything in a SQLite file to an empty database: postgres://… or mysql://… Stop the BFF first.
Each row is read back and compared. The file is only read. A run that was cut off is taken up again by
the same command; until the move is finished no BFF starts on the new database.
`

const REPORT_EVERY_MS = 2000

const print = (text: string): void => void process.stdout.write(`${text}\n`)

interface Ends {
  file: string
  url: string
}

function parseEnds(from: string | undefined, to: string | undefined): Ends {
  if (from === undefined || to === undefined)
    throw new OperatorError(`Give --from and --to:\n${USAGE}`)
  const path = sqliteFileOf(from)
  if (path === null) throw new OperatorError('--from must be file:PATH, a SQLite database.')
  if (!/^(postgres(ql)?|mysql):/.test(to)) {
    throw new OperatorError('--to must be postgres://… or mysql://…')
  }
  const { error } = databaseUrl.safeParse(to)
  if (error !== undefined)
    throw new OperatorError(`--to ${error.issues[0]?.message ?? 'is no URL'}`)
  return { file: resolve(path), url: to }
}

/** @returns null for --help. */
function parseCommandLine(): Ends | null {
  const text = { type: 'string' } as const
  const help = { type: 'boolean', short: 'h', default: false } as const
  try {
    const { values } = parseArgs({ options: { from: text, to: text, help } })
    return values.help ? null : parseEnds(values.from, values.to)
  } catch (error) {
    if (error instanceof OperatorError || !(error instanceof Error)) throw error
    throw new OperatorError(`${error.message}\n${USAGE}`)
  }
}

/** Prints a line for each table and step, and progress in between. */
function createReport(): OnProgress {
  let saidAt = Date.now()
  return (step, { name, rowCount }, done) => {
    if (done < rowCount && Date.now() < saidAt + REPORT_EVERY_MS) return
    saidAt = Date.now()
    const share = rowCount === 0 ? '' : ` (${Math.floor((100 * done) / rowCount)} %)`
    print(
      `  ${name}: ${done.toLocaleString('en')} of ${rowCount.toLocaleString('en')} ${step}${share}`,
    )
  }
}

const AGAIN = 'Nothing is lost: run the same command again, and it goes on where it stopped.'

function asOperatorError(error: unknown, dialect: SqlDialect): unknown {
  if (error instanceof SchemaTooNewError) {
    return new OperatorError('--to: its schema is newer than this program: use a newer one.')
  }
  const kind = dialect.classifyError(error)
  if (kind === null) return error
  if (kind === 'setup') return new OperatorError(`--to: ${refusalOf(dialect.product, error)}.`)
  const code = serverCodeOf(error)
  if (kind === 'conflict') {
    return new OperatorError(`--to: rows that were there are gone (${code}). ${EMPTY_TARGET_HINT}`)
  }
  return new OperatorError(`--to: ${dialect.product} does not take it now (${code}). ${AGAIN}`)
}

async function moveAll({ file, url }: Ends): Promise<void> {
  // The move seals nothing, so any key will do: we only need the tables of the features.
  const storages = createFeatureStorages(createSealer([{ kid: 'none', key: randomBytes(32) }]))
  const source = openSource(file, storages)
  const dialect = await loadDialect(url)
  const startedAt = performance.now()
  try {
    const target = openTarget(dialect, url, storages)
    const moved = await move(source, target, createReport())
    await target.close()
    const seconds = Math.ceil((performance.now() - startedAt) / 1000)
    const how = moved.isResumed ? ', going on with an earlier run' : ''
    print(
      `Moved ${moved.rows.toLocaleString('en')} rows of ${moved.tables} tables in ${seconds} s${how}; ` +
        'each was read back and compared. Set DATABASE_URL to the new database and start the BFF.',
    )
  } catch (error) {
    throw asOperatorError(error, dialect)
  }
}

async function run(): Promise<void> {
  const ends = parseCommandLine()
  if (ends === null) print(USAGE)
  else await moveAll(ends)
}

run().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`)
  // Open connections would keep the process alive.
  process.exit(1)
})
