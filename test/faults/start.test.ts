/**
 * A start that is killed or loses power before each of its changes to the disk: the next start
 * succeeds, whether the database was being created or migrated.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { LoginAnswer } from '../../typings/api'
import { until } from '../support/until'
import { describeWithFaultyDisk, makeFaultyDisk } from './support/faulty-disk'
import type { FaultyDisk } from './support/faulty-disk'
import { cutPower, readDisk } from './support/power-cut'
import { ask, buildProgram, makeSite } from './support/site'
import type { Program, Site } from './support/site'
import { createProgress, createRandom, IS_FULL, sizeOf } from './support/sizes'
import type { Random } from './support/sizes'
import { audit, createLedger, startWork } from './support/workload'

/** The full form dies once at each change of the start. */
const DEATHS = sizeOf('FAULTS_DEATHS', { full: 1000, short: 4 })
const TIMEOUT_MS = IS_FULL ? 900_000 : 90_000
const ENDINGS = ['kill', 'lost', 'some survive'] as const

/** A possible migration of a later version. */
const LATER_MIGRATION = `
  ALTER TABLE users ADD COLUMN mood TEXT NOT NULL DEFAULT 'unknown';
  UPDATE users SET mood = 'calm';
  CREATE TABLE moods (name TEXT PRIMARY KEY) STRICT;
  INSERT INTO moods SELECT DISTINCT mood FROM users;`

describeWithFaultyDisk('a start that dies', () => {
  let program: Program
  let site: Site
  let disk: FaultyDisk
  let random: Random
  beforeAll(() => {
    program = buildProgram()
    random = createRandom('start')
  })
  beforeEach(async () => {
    site = await makeSite(program.file)
    disk = makeFaultyDisk(site.dir)
  })
  afterEach(async () => {
    await site.remove()
    disk.remove()
  })
  afterAll(() => {
    program.remove()
  })

  /** Dies before its `change`th change and leaves the disk in the matching state. */
  function die(change: number, file = program.file): void {
    const before = readDisk(site.dir)
    disk.set({ changes: 0, dieAt: change })
    const { signal } = site.runToEnd(disk.env, file)
    disk.set({ dieAt: 0 })
    expect(signal).toBe('SIGKILL')
    const journal = disk.takeJournal()
    const ending = ENDINGS[change % ENDINGS.length]
    if (ending === undefined || ending === 'kill') return
    cutPower(site.dir, before, journal, { unsynced: ending, random })
  }

  /** The changes of one whole start, or some of them. */
  async function deathsOf(file = program.file): Promise<number[]> {
    disk.set({ changes: 0 })
    const bff = await site.start(disk.env, file)
    const all = Array.from({ length: disk.changes() }, (_, index) => index + 1)
    await bff.kill()
    disk.takeJournal()
    expect(all.length).toBeGreaterThan(5)
    while (all.length > DEATHS) all.splice(random.below(all.length), 1)
    return all
  }

  const logIn = async (url: string) =>
    ask<LoginAnswer>(`${url}/v1/login`, {
      method: 'POST',
      body: { code: await site.newCode('first') },
    })

  it(
    'starts after an interrupted creation of the database',
    async () => {
      const deaths = await deathsOf()
      const tell = createProgress('deaths of the first start', deaths.length)
      for (const change of deaths) {
        rmSync(join(site.dir, 'data'), { recursive: true, force: true })
        die(change)
        const bff = await site.start()
        expect([change, (await logIn(bff.url)).status]).toEqual([change, 200])
        await bff.stop()
        tell(change)
      }
    },
    TIMEOUT_MS,
  )

  it(
    'loses nothing after a migration that was killed half way',
    async () => {
      const later = program.plant('later', [
        [/(NUMBERED ?= ?\[[^\]]+)\]/g, `$1, ${JSON.stringify(LATER_MIGRATION)}]`],
      ])
      const ledger = createLedger()
      const first = await site.start()
      const work = startWork({ site, url: first.url, ledger, random }, 8)
      await until(() => ledger.acknowledged > 200)
      await work.stop()
      await first.stop()
      const original = readDisk(site.dir)
      const restore = () =>
        cutPower(site.dir, original, Buffer.alloc(0), { unsynced: 'lost', random })
      const deaths = await deathsOf(later)
      const tell = createProgress('deaths of a migration', deaths.length)
      for (const change of deaths) {
        restore()
        die(change, later)
        const bff = await site.start({}, later)
        expect([change, await audit(bff.url, ledger)]).toEqual([change, []])
        await bff.stop()
        const db = new Database(site.databaseFile, { readonly: true })
        const moods = db.prepare('SELECT name FROM moods').pluck().all()
        expect([db.pragma('user_version', { simple: true }), moods]).toEqual([4, ['calm']])
        db.close()
        tell(change)
      }
    },
    TIMEOUT_MS,
  )
})
