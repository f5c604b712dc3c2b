/**
 * Kysely over connections that are already open. Statements are prepared once; Kysely's own SQLite
 * dialect prepares on each call and has its own mutex. group-commit.ts begins and ends
 * transactions, so the driver's own methods do nothing.
 */
import type Database from 'better-sqlite3'
import { Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely'
import type { Tables } from '../schema/tables'

/**
 * The rules have fewer SQL texts than this; IN lists of different lengths add some. Beyond it a statement
 * is prepared on each call.
 */
const MAX_STATEMENTS = 200

const statementsOf = new WeakMap<Database.Database, Map<string, Database.Statement>>()

function prepareOnce(db: Database.Database, text: string): Database.Statement {
  const statements = statementsOf.get(db) ?? new Map<string, Database.Statement>()
  statementsOf.set(db, statements)
  const known = statements.get(text)
  if (known !== undefined) return known
  const statement = db.prepare(text)
  if (statements.size < MAX_STATEMENTS) statements.set(text, statement)
  return statement
}

function run<R>(db: Database.Database, { sql, parameters }: CompiledQuery): QueryResult<R> {
  const statement = prepareOnce(db, sql)
  if (statement.reader) return { rows: statement.all(...parameters) as R[] }
  const { changes } = statement.run(...parameters)
  return { rows: [], numAffectedRows: BigInt(changes) }
}

function createDriver(pick: () => Database.Database): Driver {
  const connection: DatabaseConnection = {
    // Inside a promise, so that an error that the driver throws is a rejection.
    executeQuery: <R>(query: CompiledQuery) =>
      new Promise<QueryResult<R>>((resolve) => {
        resolve(run<R>(pick(), query))
      }),
    streamQuery() {
      throw new Error('this store reads no streams')
    },
  }
  const done = () => Promise.resolve()
  return {
    init: done,
    acquireConnection: () => Promise.resolve(connection),
    beginTransaction: done,
    commitTransaction: done,
    rollbackTransaction: done,
    releaseConnection: done,
    destroy: done,
  }
}

/** @param pick the connection to run the next statement on. */
export function createSqliteKysely(pick: () => Database.Database): Kysely<Tables> {
  return new Kysely<Tables>({
    dialect: {
      createDriver: () => createDriver(pick),
      createAdapter: () => new SqliteAdapter(),
      createQueryCompiler: () => new SqliteQueryCompiler(),
      createIntrospector: (db) => new SqliteIntrospector(db),
    },
  })
}
