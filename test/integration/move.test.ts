/**
 * npm run migrate: moves everything in a SQLite file to PostgreSQL and MySQL, and survives kill -9.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { createSqlite } from '../../scripts/bench/databases'
import { seed } from '../../scripts/bench/seed'
import { createFeatureStorages } from '../../server/feature-storages'
import { createSealer } from '../../server/sealing'
import { openStore } from '../../server/store/open-store'
import { BUILT_SERVER } from '../support/built-server'
import { makeTempDir } from '../support/temp-dir'
import { makeMysqlDatabase, makePostgresDatabase } from './databases'
import type { TestDatabase } from './databases'
import { newLogin, signIn } from './fixture'
import { describeWith, mysqlService, postgresService } from './services'

const WITHIN_MS = 180_000
const USERS = 6000
const KILLS = 4

const storages = createFeatureStorages(createSealer([{ kid: 't', key: randomBytes(32) }]))
const dir = makeTempDir()
const source = join(dir.path, 'app.db')
const PICTURE = randomBytes(300_000)

/** What a feature stores, and what no login writes: each column of each table has something in it somewhere. */
const ROWS_OF_ROOMS = `
  INSERT INTO web_filled VALUES ('u1', 'nickname');
  INSERT INTO web_cookies VALUES ('hash-1', 's', 1800000000000), ('hash-2', 's', 1);
  INSERT INTO web_scans VALUES ('scan', 'a', 'b', '::1', '浏览器 🌐', '上海', NULL, 'pending', NULL, NULL, 1, 2, 3, NULL);
  INSERT INTO pay_orders VALUES ('order', 'T1', 'u1', 'r1', 'wxA', NULL, 'k.sealed', 'm', 'vip', '会员 ''一年''', 1,
    9007199254740991, 0, 0, 'paid', 'W1', 1, 2, 3, NULL, NULL, 'https://a.example/v1/pay');
  INSERT INTO pay_refunds VALUES ('refund', 'order', 'r', 'R1', 1, NULL, 'requested', 5, NULL, 6);
  INSERT INTO pay_discrepancies VALUES ('d', 'notice', 'T1', 'amount', 'k.sealed', 7);`

beforeAll(async () => {
  const opened = await openStore(`file:${source}`, { storages, warn: () => undefined })
  const { store } = opened
  const { owner } = await signIn(store, { openid: 'oOld', unionid: 'U' })
  await store.updateProfile(owner, { nickname: "小红's 🌹\\", gender: 2 })
  await store.setPhone(owner, { sealed: 'k.phone', masked: '156******77', atMs: 1 })
  await store.setAvatar(owner, { name: 'a.webp', bytes: PICTURE, createdAtMs: 1 })
  const young = await signIn(store, {
    appid: 'wxB',
    openid: 'oYoung',
    nowMs: 2000,
  })
  await store.updateProfile(young.owner, { nickname: '小明' })
  await store.login(newLogin({ appid: 'wxB', openid: 'oYoung', unionid: 'U' }))
  const left = await signIn(store)
  await store.endAllSessions(left.owner, 2000)
  await store.close()
  const db = new Database(source)
  db.exec(ROWS_OF_ROOMS)
  db.close()
  await seed(await createSqlite(source), USERS, () => undefined)
}, WITHIN_MS)
afterAll(() => dir.remove())

const hashOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')

function readSource<T>(sql: string): T[] {
  const db = new Database(source, { readonly: true })
  const rows = db.prepare<[], T>(sql).all()
  db.close()
  return rows
}

interface Run {
  child: ChildProcess
  ended: Promise<{ code: number | null; stdout: string; stderr: string }>
  /** Resolves with the first matching line, or at the end. */
  says(text: RegExp): Promise<unknown>
}

function startMove(to: string, from = source): Run {
  const args = [join(BUILT_SERVER, 'migrate.js'), '--from', `file:${from}`, '--to', to]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].on('data', (chunk: Buffer) => (said[name] += chunk.toString()))
  const ended = new Promise<Awaited<Run['ended']>>((resolve) =>
    child.once('close', (code) => resolve({ code, ...said })),
  )
  const says = (text: RegExp) =>
    Promise.race([
      ended,
      new Promise((resolve) => child.stdout.on('data', () => text.test(said.stdout) && resolve(0))),
    ])
  return { child, ended, says }
}

const runMove = (to: string, from?: string) => startMove(to, from).ended

/** In SQLite's types: PostgreSQL returns numbers as text on this connection. */
const asRead = (row: object): unknown =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      Buffer.isBuffer(value) ? hashOfBytes(value) : value === null ? null : String(value),
    ]),
  )
const hashOfBytes = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

async function expectAll(database: TestDatabase): Promise<void> {
  const tables = readSource<{ name: string }>(
    `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('schema_migrations', 'health')`,
  )
  expect(tables.length).toBeGreaterThan(12)
  for (const { name } of tables) {
    const there = (await database.run(`SELECT * FROM ${name}`)).map(asRead)
    const here = readSource<object>(`SELECT * FROM ${name}`).map(asRead)
    const byText = (rows: unknown[]) => rows.map((row) => JSON.stringify(sorted(row))).sort()
    expect([name, byText(there)]).toEqual([name, byText(here)])
  }
}
async function expectPeople(database: TestDatabase): Promise<void> {
  const { store } = await database.openWith(storages)
  try {
    const [session] = readSource<{ id: string }>(`SELECT id FROM sessions WHERE openid = 'oYoung'`)
    const live = await store.findLiveSession(session!.id)
    expect(live?.user).toMatchObject({ nickname: "小红's 🌹\\", gender: 2 })
    expect(await store.findAvatar('a.webp')).toEqual(PICTURE)
    expect((await store.exportAccount(live!.session)).mergedFrom).toMatchObject([
      { profile: { nickname: '小明' } },
    ])
    const again = await signIn(store, { openid: 'oOld' })
    expect(again).toMatchObject({ isNew: false, user: { id: live!.user.id } })
  } finally {
    await store.close()
  }
}

const sorted = (row: unknown) =>
  Object.entries(row as object).sort(([one], [other]) => (one < other ? -1 : 1))

function suite(make: () => Promise<TestDatabase>): void {
  let database: TestDatabase
  beforeEach(async () => (database = await make()))
  afterEach(() => database.remove())

  /** Killed once users and pictures are there. */
  async function cutOff(): Promise<void> {
    const run = startMove(database.url)
    await run.says(/ avatars: .* copied \(100 %\)/)
    run.child.kill('SIGKILL')
    expect((await run.ended).code).toBeNull()
  }

  it(
    'moves every row of every table, and all sessions stay valid',
    async () => {
      const before = hashOf(source)
      const { code, stdout, stderr } = await runMove(database.url)
      expect([code, stderr]).toEqual([0, ''])
      expect(stdout).toMatch(/ users: 6,00\d of 6,00\d compared \(100 %\)\n/)
      expect(stdout).toMatch(/each was read back and compared/)
      expect(hashOf(source)).toBe(before)
      await expectAll(database)
      await expectPeople(database)
      expect(await runMove(database.url)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/--to: users has rows already/),
      })
    },
    WITHIN_MS,
  )

  it(
    'continues after kill -9 at any moment, and no BFF starts before the move is complete',
    async () => {
      await cutOff()
      await expect(database.openWith(storages)).rejects.toThrow(/a move .* is not finished/)
      let kills = 0
      let end: Awaited<Run['ended']>
      // A fast machine finishes before the kill, and then there is nothing to continue.
      do {
        const run = startMove(database.url)
        if (kills < KILLS) {
          void delay(200 + Math.random() * 800).then(() => run.child.kill('SIGKILL'))
        }
        kills += 1
        end = await run.ended
      } while (end.code === null)
      // A kill between the last commit and the exit leaves a complete move, which is not repeated.
      const wasComplete = kills > 1 && end.stderr.includes('users has rows already')
      if (!wasComplete) {
        expect(end).toMatchObject({
          code: 0,
          stderr: '',
          stdout: expect.stringContaining('going on with an earlier run'),
        })
      }
      await expectAll(database)
      await (await database.openWith(storages)).store.close()
    },
    WITHIN_MS,
  )

  it.each([
    [
      'differs',
      `UPDATE users SET nickname = 'x' WHERE nickname IS NOT NULL`,
      /users \[".*"\] differs: nickname\./,
    ],
    [
      'is there alone',
      `INSERT INTO users (id, created_at_ms) VALUES ('planted', 1)`,
      /\["planted"\] is in the target alone/,
    ],
    ['is missing', `DELETE FROM avatars`, /avatars: 0 of 1 rows are there/],
    [
      'others refer to and that is missing',
      `DELETE FROM users WHERE id = (SELECT max(id) FROM users)`,
      /rows that were there are gone/,
    ],
  ])(
    'detects a row that %s, and keeps the mark of the unfinished move',
    async (_name, plant, message) => {
      await cutOff()
      await database.run(plant)
      const { code, stderr } = await runMove(database.url)
      expect([code, stderr]).toEqual([1, expect.stringMatching(message)])
      await expect(database.openWith(storages)).rejects.toThrow(/is not finished/)
    },
    WITHIN_MS,
  )

  it(
    'continues only with the same file, and refuses a file that is written to meanwhile',
    async () => {
      await cutOff()
      const other = join(dir.path, `${database.url.slice(-8)}.db`)
      const opened = await openStore(`file:${other}`, { storages, warn: () => undefined })
      await opened.store.close()
      const { code, stderr } = await runMove(database.url, other)
      expect([code, stderr]).toEqual([1, expect.stringMatching(/an unfinished move from another/)])
      const copy = join(dir.path, `${database.url.slice(-8)}-copy.db`)
      copyFileSync(source, copy)
      const run = startMove(database.url, copy)
      await run.says(/copied/)
      const db = new Database(copy)
      db.exec(`UPDATE users SET gender = 1 WHERE id = (SELECT max(id) FROM users)`)
      db.close()
      expect(await run.ended).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/The BFF wrote to the source meanwhile/),
      })
    },
    WITHIN_MS,
  )
}

describeWith([postgresService], 'PostgreSQL', () => {
  suite(makePostgresDatabase)
})

describeWith([mysqlService], 'MySQL', () => {
  suite(makeMysqlDatabase)
})
