/**
 * Classifies the errors of a database server by what follows from them: the error codes of
 * PostgreSQL, MySQL and MariaDB, and of the distributed engines that are compatible with them
 * (Galera, Group Replication, TiDB; CockroachDB, YugabyteDB).
 *
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 * https://mariadb.com/kb/en/mariadb-error-code-reference/
 * https://docs.pingcap.com/tidb/stable/error-codes
 * https://www.cockroachlabs.com/docs/stable/common-errors
 */
import { codeOf, fieldOf } from '../../error-code'
import { ConcurrentChangeError, isDuplicateKey } from '../engine'

/** The connection is unusable; the outcome of its current statement is unknown. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
}

/**
 * - `conflict`: the database rolled the transaction back because of another one; run it again.
 * - `lost`: the connection broke; run it again unless it was committing.
 * - `storage`: the database can't do it now: full, read-only, locked, without a quorum. Do not run it again.
 * - `setup`: an operator must first fix the account, the database or its rights.
 * - null: a bug of ours.
 */
export type FailureKind = 'conflict' | 'lost' | 'storage' | 'setup' | null

const MYSQL_CODES = {
  conflict: [
    // deadlock; on Galera also at COMMIT: another node's transaction was certified first
    1213,
    // MariaDB: the record has changed since last read
    1020,
    // the user was deleted while a row of theirs was written
    1216, 1452,
    // Group Replication: the plugin rolled the transaction back
    3101,
    // TiDB: commit failed and may be retried; the schema changed; write conflict
    8022, 8028, 9007,
  ],
  // the server also closes the connection
  lost: [1079, 1152, 1158, 1159, 1160, 1161, 1184, 1927, 4031],
  storage: [
    // Galera: the node is not synced, or there is no quorum
    1047,
    // disk full, input and output, out of memory, table full
    1021, 1026, 1030, 1037, 1038, 1041, 1114,
    // too many connections or prepared statements
    1040, 1203, 1461,
    // shutting down, lock wait, interrupted, timed out
    1053, 1077, 1205, 1317, 1969, 3024, 3100,
    // read-only
    1290, 1792, 1836,
    // TiDB: a part of the cluster is unavailable or busy
    9001, 9002, 9003, 9004, 9005,
  ],
  // no such account, right or database
  setup: [1044, 1045, 1046, 1049, 1142, 1227, 1251, 1698],
} as const

const POSTGRES_CODES = {
  // serialisation (CockroachDB and YugabyteDB: also at COMMIT), deadlock, the user was deleted
  // while a row of theirs was written
  conflict: ['40001', '40P01', '23503'],
  // the last: a statement that was prepared before another process added a column
  lost: ['57P01', '57P02', '57P03', '57P05', '25P03', '08006', '08003', '0A000'],
  // CockroachDB: the result is ambiguous, it may have been committed; read-only, or timed out
  storage: ['40003', '25006', '25P02', '25P04'],
  setup: ['28000', '28P01', '3D000', '42501'],
} as const

/** 08 connection, 53 out of resources, 55 locked, 57 cancelled or shutting down, 58 input and output, XX damaged. */
const POSTGRES_STORAGE_CLASSES = /^(08|53|55|57|58|XX)/

function invert<Code>(
  codes: Record<NonNullable<FailureKind>, readonly Code[]>,
): Map<Code, FailureKind> {
  return new Map(
    Object.entries(codes).flatMap(([kind, ofKind]) =>
      ofKind.map((code): [Code, FailureKind] => [code, kind as FailureKind]),
    ),
  )
}

const mysqlKinds = invert<number>(MYSQL_CODES)
const postgresKinds = invert<string>(POSTGRES_CODES)

export function classifyMysqlError(error: unknown): FailureKind {
  if (error instanceof ConcurrentChangeError) return 'conflict'
  const isConnecting = error instanceof ConnectionError
  const errno = fieldOf(isConnecting ? error.cause : error, 'errno')
  const kind = typeof errno === 'number' ? (mysqlKinds.get(errno) ?? null) : null
  if (!isConnecting) return kind
  // A refused account is reported as a fatal error of the connection.
  return kind === 'setup' ? 'setup' : 'lost'
}

export function classifyPostgresError(error: unknown): FailureKind {
  if (error instanceof ConcurrentChangeError) return 'conflict'
  const isConnecting = error instanceof ConnectionError
  const serverError = isConnecting ? error.cause : error
  if (fieldOf(serverError, 'severity') === undefined) return isConnecting ? 'lost' : null
  const code = codeOf(serverError)
  const kind = postgresKinds.get(code)
  if (kind !== undefined) return kind
  if (POSTGRES_STORAGE_CLASSES.test(code)) return 'storage'
  // If the server refuses the connection for another reason, an option of the URL is wrong.
  return isConnecting ? 'setup' : null
}

/** Another process has already made this schema change. 1050 table, 1060 column, 1061 index; 1091 dropped. */
export const isDoneAlready = (error: unknown): boolean =>
  [1050, 1060, 1061, 1091].includes(Number(fieldOf(error, 'errno')))

/** 1146 on MySQL; undefined_table on PostgreSQL. */
export const isMissingTable = (error: unknown): boolean =>
  Number(fieldOf(error, 'errno')) === 1146 || codeOf(error) === '42P01'

/** Another process migrates at the same time, maybe on another node, where no lock applies: check again. */
export const isConcurrentMigration = (error: unknown): boolean =>
  isDuplicateKey(error) ||
  [1054, 1146].includes(Number(fieldOf(error, 'errno'))) ||
  ['42P07', '42701', '42704', '42710'].includes(codeOf(error))

/** The server's error code. We never show its message, because it may hold a part of the URL. */
export const serverCodeOf = (error: unknown): string =>
  codeOf(error instanceof ConnectionError ? error.cause : error)

export const refusalOf = (product: string, error: unknown): string =>
  `${product} refuses it (${serverCodeOf(error)}): check the account, its rights, the database and the options of the URL`
