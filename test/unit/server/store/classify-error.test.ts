/**
 * The meaning of each error number of a database server, and the reaction: retry, 503, or neither.
 */
import { ConcurrentChangeError } from '../../../../server/store/engine'
import {
  ConnectionError,
  isConcurrentMigration,
  isDoneAlready,
  classifyMysqlError,
  classifyPostgresError,
} from '../../../../server/store/sql/classify-error'
import type { FailureKind } from '../../../../server/store/sql/classify-error'

const mysqlError = (errno: number) => Object.assign(new Error('by the server'), { errno })
const postgresError = (code: string) =>
  Object.assign(new Error('by the server'), { code, severity: 'ERROR' })
const connecting = (cause: unknown) => new ConnectionError('while connecting', { cause })

describe('MySQL, MariaDB, Galera, Group Replication, TiDB', () => {
  it.each<[FailureKind, string, number[]]>([
    ['conflict', 'a deadlock, also of certification at COMMIT', [1213]],
    ['conflict', 'a record that changed, a parent that went', [1020, 1216, 1452]],
    ['conflict', 'Group Replication rolled back', [3101]],
    ['conflict', 'TiDB: commit failed, schema changed, write conflict', [8022, 8028, 9007]],
    ['lost', 'the connection was killed or cut', [1079, 1152, 1158, 1159, 1160, 1161, 1184, 1927]],
    ['lost', 'the server ends an idle connection', [4031]],
    ['storage', 'Galera: not synced, or no quorum', [1047]],
    ['storage', 'TiDB: a part of the cluster is away', [9001, 9002, 9003, 9004, 9005]],
    ['storage', 'disk, memory, table full', [1021, 1026, 1030, 1037, 1038, 1041, 1114]],
    ['storage', 'too many connections or statements', [1040, 1203, 1461]],
    ['storage', 'shutting down, waited, interrupted', [1053, 1077, 1205, 1317, 1969, 3024, 3100]],
    ['storage', 'read-only', [1290, 1792, 1836]],
    [
      'setup',
      'no such account, right or database',
      [1044, 1045, 1046, 1049, 1142, 1227, 1251, 1698],
    ],
    [null, 'a bug of ours: syntax, unknown column, duplicate key', [1064, 1054, 1062]],
  ])('%s: %s', (fault, _sense, errnos) => {
    expect(errnos.map((errno) => classifyMysqlError(mysqlError(errno)))).toEqual(
      errnos.map(() => fault),
    )
  })

  it('while connecting, only a refused account is a configuration error', () => {
    const refusals = [1045, 1049, 1040, undefined].map((errno) =>
      classifyMysqlError(
        connecting(errno === undefined ? new Error('ECONNREFUSED') : mysqlError(errno)),
      ),
    )
    expect(refusals).toEqual(['setup', 'setup', 'lost', 'lost'])
  })
})

describe('PostgreSQL, CockroachDB, YugabyteDB', () => {
  it.each<[FailureKind, string, string[]]>([
    ['conflict', 'serialisation, deadlock, a parent that went', ['40001', '40P01', '23503']],
    [
      'lost',
      'ended by the server',
      ['57P01', '57P02', '57P03', '57P05', '25P03', '08006', '08003'],
    ],
    ['storage', 'CockroachDB: perhaps committed, so never again', ['40003']],
    ['storage', 'read-only, timed out', ['25006', '25P02', '25P04', '57014']],
    ['storage', 'full, locked, broken, damaged', ['53100', '53300', '55P03', '58030', 'XX001']],
    ['setup', 'no such account, right or database', ['28000', '28P01', '3D000', '42501']],
    [null, 'a bug of ours: syntax, unknown column, duplicate key', ['42601', '42703', '23505']],
  ])('%s: %s', (fault, _sense, codes) => {
    expect(codes.map((code) => classifyPostgresError(postgresError(code)))).toEqual(
      codes.map(() => fault),
    )
  })

  it('while connecting, an option that the server rejects is a configuration error', () => {
    expect(classifyPostgresError(connecting(postgresError('22023')))).toBe('setup')
    expect(classifyPostgresError(connecting(postgresError('53300')))).toBe('storage')
    expect(classifyPostgresError(connecting(new Error('ECONNREFUSED')))).toBe('lost')
  })
})

it('a login overtaken by another one is retried, and an error of our own is not', () => {
  for (const classifyError of [classifyMysqlError, classifyPostgresError]) {
    expect(classifyError(new ConcurrentChangeError('overtaken'))).toBe('conflict')
    expect(classifyError(new TypeError('a bug'))).toBeNull()
    // A system error of this process has a code too, but not from the server.
    expect(classifyError(Object.assign(new Error('EACCES'), { code: '40001' }))).toBeNull()
  }
})

describe('migrations that several processes run at once', () => {
  it('an object that already exists or is already gone is done', () => {
    const errnos = [1050, 1060, 1061, 1091, 1054, 1064]
    expect(errnos.map((errno) => isDoneAlready(mysqlError(errno)))).toEqual([
      ...[true, true, true, true],
      ...[false, false],
    ])
  })

  it('checks again after a duplicate name, or a table that another node is creating', () => {
    const errnos = [1062, 1054, 1146, 1064]
    expect(errnos.map((errno) => isConcurrentMigration(mysqlError(errno)))).toEqual([
      ...[true, true, true],
      false,
    ])
    const codes = ['23505', '42P07', '42701', '42704', '42710', '42601']
    expect(codes.map((code) => isConcurrentMigration(postgresError(code)))).toEqual([
      ...[true, true, true, true, true],
      false,
    ])
  })
})
