/** Which failures of a database server are retried, and the time limit of the others. */
import { setTimeout as delay } from 'node:timers/promises'
import { CompiledQuery } from 'kysely'
import { ApiError } from '../../../../server/errors'
import { pendingMigrations } from '../../../../server/store/schema/migrations'
import type { LoginAccess, SqlDialect } from '../../../../server/store/sql/dialect'
import type { SqlAnswer, SqlPool } from '../../../../server/store/sql/driver'
import { ConnectionError } from '../../../../server/store/sql/classify-error'
import { postgres } from '../../../../server/store/sql/postgres'
import { createServerEngine } from '../../../../server/store/sql/server-engine'
import type { Trx } from '../../../../server/store/schema/tables'

const REFUSED_WITHIN_MS = 2000
const RENEW = CompiledQuery.raw('renew')

const serverError = (code: string) =>
  Object.assign(new Error('by the server'), { code, severity: 'ERROR' })

const migrated = pendingMigrations('servers', [], []).map(({ name }) => ({ name }))

/** @param answer of the server to each statement; `undefined` for no rows. */
function fakeServer(
  answer: (sql: string, turn: number) => Promise<SqlAnswer | undefined> | undefined,
) {
  const said: string[] = []
  async function query(sql: string): Promise<SqlAnswer> {
    if (sql.includes('schema_migrations')) {
      const isOfMove = sql.includes('where')
      return { rows: isOfMove ? [] : migrated, affectedRows: 0 }
    }
    said.push(sql)
    const turn = said.filter((other) => other === sql).length
    return (await answer(sql, turn)) ?? { rows: [], affectedRows: 0 }
  }
  const connection = {
    setUp: () => Promise.resolve(),
    query,
    release: () => undefined,
    destroy: () => undefined,
  }
  const pool: SqlPool = {
    connect: () => Promise.resolve(connection),
    end: () => Promise.resolve(),
  }
  let access: LoginAccess | null = null
  const dialect: SqlDialect = {
    ...postgres,
    createPool: () => pool,
    createLogin: (given) => postgres.createLogin((access = given)),
  }
  const engine = createServerEngine(dialect, 'postgres://fake', [])
  return {
    ...engine,
    connection,
    access: access!,
    said: (start: string) => said.filter((sql) => sql.startsWith(start)),
  }
}

const work = async (trx: Trx) => {
  await trx.updateTable('health').set({ probes: 1 }).execute()
}

async function refusalOf(call: Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await expect(call).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', status: 503 })
  return performance.now() - startedAt
}

it.each([
  ['update', 'a conflict in the middle', serverError('40001')],
  ['commit', 'a conflict at COMMIT', serverError('40001')],
  ['update', 'a connection that broke before COMMIT', new ConnectionError('cut')],
])('runs the whole transaction again after %s failed: %s', async (start, _fault, error) => {
  const { sqlClient, said } = fakeServer((sql, turn) => {
    if (sql.startsWith(start) && turn === 1) throw error
    return undefined
  })
  await sqlClient.write(work)
  expect([said('update').length, said('start').length]).toEqual([2, 2])
})

it.each([
  ['a connection that broke at COMMIT', new ConnectionError('cut')],
  ['a commit whose result is ambiguous', serverError('40003')],
  ['a full disk', serverError('53100')],
])('answers 503 without a retry: %s', async (_fault, error) => {
  const { sqlClient, said } = fakeServer((sql) => {
    if (sql === 'commit') throw error
    return undefined
  })
  await refusalOf(sqlClient.write(work))
  expect(said('update')).toHaveLength(1)
})

it('gives up an endless conflict within 2 s', async () => {
  const { sqlClient, said } = fakeServer((sql) => {
    if (sql === 'commit') throw serverError('40001')
    return undefined
  })
  expect(await refusalOf(sqlClient.write(work))).toBeLessThan(REFUSED_WITHIN_MS)
  expect(said('commit').length).toBeGreaterThan(2)
})

it('a login has one deadline, even if the fast path took most of it', async () => {
  const { access } = fakeServer((sql) => {
    if (sql === 'renew') return delay(1200, undefined)
    return sql.startsWith('update') ? delay(5000, undefined, { ref: false }) : undefined
  })
  const login = access.writeWithFallback(
    (deadline) => access.execute(RENEW, deadline).then(() => null),
    async (trx) => {
      await work(trx)
      return 'shared'
    },
    'login wxA oA',
  )
  expect(await refusalOf(login)).toBeLessThan(REFUSED_WITHIN_MS)
})

it('a login that was overtaken starts again with the fast path', async () => {
  const { access, said } = fakeServer((sql, turn) => {
    if (sql === 'renew' && turn === 2) return Promise.resolve({ rows: [{}], affectedRows: 1 })
    if (sql.startsWith('update')) throw serverError('40001')
    return undefined
  })
  const result = access.writeWithFallback(
    async (deadline) => ((await access.execute(RENEW, deadline)).length > 0 ? 'fast' : null),
    async (trx) => {
      await work(trx)
      return 'shared'
    },
    'login wxA oA',
  )
  expect([await result, said('renew').length, said('update').length]).toEqual(['fast', 2, 1])
})

it('runs a probe for each caller: two at once are both refused, and after a failure something is written', async () => {
  let isFull = true
  const { assertWritable, said } = fakeServer((sql) => {
    if (isFull && sql.startsWith('update')) throw serverError('53100')
    return undefined
  })
  await Promise.all([refusalOf(assertWritable()), refusalOf(assertWritable())])
  isFull = false
  await assertWritable()
  expect(said('update "health"').length).toBeGreaterThan(0)
})

it('needs no probe write after a refusal by the work of a write', async () => {
  const { assertWritable, sqlClient, said } = fakeServer(() => undefined)
  await sqlClient.write(work)
  const probes = () => said('update "health"').length
  const before = probes()
  const refusal = new ApiError('RATE_LIMITED', 'Too many.')
  await expect(sqlClient.write(() => Promise.reject(refusal))).rejects.toBe(refusal)
  await assertWritable()
  expect(probes()).toBe(before)
})

it('closes a connection that gets no answer during set-up, so that its slot is free again', async () => {
  const { sqlClient, connection } = fakeServer(() => undefined)
  const destroy = jest.spyOn(connection, 'destroy')
  await sqlClient.write(work)
  connection.setUp = () => new Promise(() => undefined)
  expect(await refusalOf(sqlClient.write(work))).toBeLessThan(REFUSED_WITHIN_MS)
  expect(destroy).toHaveBeenCalledTimes(1)
  connection.setUp = () => Promise.resolve()
  await sqlClient.write(work)
})

it('the writes of one account hold one connection; those whose turn does not come are refused in time', async () => {
  const commits = { underWay: 0, most: 0 }
  const { sqlClient, said } = fakeServer(async (sql) => {
    if (sql !== 'commit') return undefined
    commits.most = Math.max(commits.most, (commits.underWay += 1))
    await delay(300)
    commits.underWay -= 1
    return undefined
  })
  const ofOne = Array.from({ length: 20 }, () => sqlClient.write(work, 'one'))
  const outcomes = Promise.allSettled(ofOne)
  await delay(10)
  expect(said('start')).toHaveLength(1)
  const startedAt = performance.now()
  await sqlClient.write(work, 'another')
  expect(performance.now() - startedAt).toBeLessThan(600)
  const refused = (await outcomes).filter(({ status }) => status === 'rejected')
  expect(performance.now() - startedAt).toBeLessThan(REFUSED_WITHIN_MS)
  expect(commits.most).toBe(2)
  expect(refused.length).toBeGreaterThan(10)
  expect(refused.at(-1)).toMatchObject({ reason: { code: 'OVERLOADED', retryAfterSeconds: 1 } })
})

it('logins of one person run one after the other, and those of others do not wait', async () => {
  const { access } = fakeServer(() => undefined)
  const begun: string[] = []
  const finish: (() => void)[] = []
  const login = (name: string, accountId: string) =>
    access.writeWithFallback<string>(
      () =>
        new Promise<string>((resolve) => {
          begun.push(name)
          finish.push(() => resolve(name))
        }),
      () => Promise.reject(new Error('the fast path has answered')),
      accountId,
    )
  const logins = [login('phone', 'one'), login('tablet', 'one'), login('other', 'two')]
  await delay(50)
  expect(begun).toEqual(['phone', 'other'])
  finish.forEach((end) => end())
  await delay(50)
  expect(begun).toEqual(['phone', 'other', 'tablet'])
  finish.at(-1)?.()
  expect(await Promise.all(logins)).toEqual(['phone', 'tablet', 'other'])
})
