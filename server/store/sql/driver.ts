/**
 * Kysely's driver over any pool: every step ends at one deadline, and a connection that broke or
 * did not answer in time is closed instead of reused.
 */
import type {
  CompiledQuery,
  DatabaseConnection,
  Driver,
  QueryResult,
  TransactionSettings,
} from 'kysely'
import type { Deadline } from './deadline'
import { ConnectionError } from './classify-error'

export interface SqlAnswer {
  rows: unknown[]
  affectedRows: number
}

/** Queries and `connect` reject with ConnectionError if the connection failed. */
export interface SqlConnection {
  /** Called each time after `connect`; sends the settings of a session to a new connection. */
  setUp(): Promise<void>
  query(sql: string, parameters: readonly unknown[]): Promise<SqlAnswer>
  /** Returns the connection to the pool. */
  release(): void
  /** Closes the connection immediately, even during a query. */
  destroy(): void
}

export interface SqlPool {
  connect(): Promise<SqlConnection>
  end(): Promise<void>
}

class Connection implements DatabaseConnection {
  private isBroken = false

  constructor(
    private readonly connection: SqlConnection,
    private readonly deadline: Deadline,
  ) {}

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    if (this.isBroken) throw new ConnectionError('the connection broke before')
    try {
      const { rows, affectedRows } = await this.deadline.inTime(
        this.connection.query(sql, parameters),
        () => new ConnectionError('the database did not answer in time'),
      )
      return { rows: rows as R[], numAffectedRows: BigInt(affectedRows) }
    } catch (error) {
      if (error instanceof ConnectionError) this.isBroken = true
      throw error
    }
  }

  streamQuery(): never {
    throw new Error('this store reads no streams')
  }

  /** A rollback that fails closes the connection, and the server then rolls back by itself. */
  async rollBack(): Promise<void> {
    await this.run('rollback').catch(() => {
      this.isBroken = true
    })
  }

  async run(sql: string): Promise<void> {
    await this.executeQuery({ sql, parameters: [] } as unknown as CompiledQuery)
  }

  giveBack(): void {
    if (this.isBroken) this.connection.destroy()
    else this.connection.release()
  }
}

/** @param begin returns the statements that open a transaction with these settings. */
export function createDriver(
  pool: SqlPool,
  deadline: Deadline,
  begin: (settings: TransactionSettings) => string[],
): Driver {
  const own = (connection: DatabaseConnection) => connection as Connection
  return {
    init: () => Promise.resolve(),
    async acquireConnection() {
      const connection = await deadline.inTime(
        pool.connect(),
        () => new ConnectionError('no connection was free in time'),
        (late) => {
          late.release()
        },
      )
      try {
        await deadline.inTime(
          connection.setUp(),
          () => new ConnectionError('the database did not answer in time'),
        )
      } catch (error) {
        connection.destroy()
        throw error
      }
      return new Connection(connection, deadline)
    },
    async beginTransaction(connection, settings) {
      for (const sql of begin(settings)) await own(connection).run(sql)
    },
    commitTransaction: (connection) => own(connection).run('commit'),
    rollbackTransaction: (connection) => own(connection).rollBack(),
    releaseConnection(connection) {
      own(connection).giveBack()
      return Promise.resolve()
    },
    destroy: () => Promise.resolve(),
  }
}
