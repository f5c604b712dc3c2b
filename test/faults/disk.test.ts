/**
 * A full or broken disk: no login is lost or invented, reads continue, and the server recovers by
 * itself.
 */
import { constants } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import Database from 'better-sqlite3'
import type { ErrorBody, LoginAnswer } from '../../typings/api'
import { until } from '../support/until'
import { describeWithFaultyDisk, makeFaultyDisk } from './support/faulty-disk'
import type { FaultyDisk } from './support/faulty-disk'
import { cutPower, readDisk } from './support/power-cut'
import { median } from './support/resident'
import { ask, buildProgram, makeSite } from './support/site'
import type { Program, Reply, Running, Site } from './support/site'
import { createRandom, promised, sizeOf } from './support/sizes'
import type { Random } from './support/sizes'
import { audit, createLedger, startWork } from './support/workload'

const LOCKED_S = sizeOf('FAULTS_LOCKED_S', { full: 10, short: 3 })
const FAULT_MS = sizeOf('FAULTS_DISK_MS', { full: 5000, short: 1500 })
const TIMEOUT_MS = 90_000
const PEOPLE = 8
const REFUSED_WITHIN_MS = promised(2000)
const HEALTHY_WITHIN_MS = promised(250)
const ASK_EVERY_MS = 100

const { ENOSPC, EIO, EROFS } = constants.errno
const BROKEN = [
  ['a full disk', { writeErrno: ENOSPC }],
  ['an I/O error on write', { writeErrno: EIO }],
  ['a disk that turned read-only', { writeErrno: EROFS }],
  ['an I/O error on fsync', { syncErrno: EIO }],
] as const

const login = (url: string, code: string) =>
  ask<LoginAnswer & ErrorBody>(`${url}/v1/login`, { method: 'POST', body: { code } })

/** Polls until `isOver`; the assertions must hold all the time. */
async function watchWhile(url: string, token: string, isOver: () => boolean): Promise<void> {
  const health: number[] = []
  while (!isOver()) {
    health.push((await ask(`${url}/healthz`)).durationMs)
    expect((await ask(`${url}/v1/me`, { token })).status).toBe(200)
    await delay(ASK_EVERY_MS)
  }
  expect(health.length).toBeGreaterThan(0)
  expect(median(health)).toBeLessThan(HEALTHY_WITHIN_MS)
}

function expectRefusal(reply: Reply<ErrorBody>): void {
  expect([reply.status, reply.body.error.code]).toEqual([503, 'STORAGE_UNAVAILABLE'])
  expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(reply.durationMs).toBeLessThan(REFUSED_WITHIN_MS)
}

describeWithFaultyDisk('a disk in trouble', () => {
  let program: Program
  let random: Random
  let site: Site
  let disk: FaultyDisk
  let bff: Running
  let token: string
  beforeAll(() => {
    program = buildProgram()
    random = createRandom('disk')
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

  const start = async (): Promise<void> => {
    bff = await site.start(disk.env)
    token = (await login(bff.url, await site.newCode('resident'))).body.token
  }
  const sent = () => site.callsTo('/sns/jscode2session')
  const isReady = async () => (await ask(`${bff.url}/readyz`)).status === 200

  /**
   * Once the disk is known to be broken, no code is spent, and the same code works after recovery.
   */
  async function expectUnspent(heal: () => void): Promise<void> {
    const code = await site.newCode('patient')
    const before = await sent()
    expectRefusal(await login(bff.url, code))
    expect(await sent()).toBe(before)
    const { status, body } = await ask(`${bff.url}/readyz`)
    expect([status, body]).toEqual([503, { status: 'unavailable', failing: ['storage'] }])
    heal()
    await until(isReady)
    expect((await login(bff.url, code)).status).toBe(200)
  }

  it.each(BROKEN)(
    '%s: writes answer 503, reads continue, it recovers, and a later power cut loses nothing',
    async (_name, fault) => {
      const before = readDisk(site.dir)
      await start()
      const ledger = createLedger()
      const work = startWork({ site, url: bff.url, ledger, random }, PEOPLE)
      await until(() => ledger.acknowledged > PEOPLE)
      disk.set(fault)
      const endsAt = performance.now() + FAULT_MS
      await watchWhile(bff.url, token, () => performance.now() > endsAt)
      expect(ledger.refused).toBeGreaterThan(0)
      await expectUnspent(() => disk.set({ writeErrno: 0, syncErrno: 0 }))
      const { acknowledged } = ledger
      await until(() => ledger.acknowledged > acknowledged + PEOPLE)
      await work.stop()
      expect(await audit(bff.url, ledger)).toEqual([])
      await bff.kill()
      cutPower(site.dir, before, disk.takeJournal(), { unsynced: 'lost', random })
      bff = await site.start(disk.env)
      expect(await audit(bff.url, ledger)).toEqual([])
    },
    TIMEOUT_MS,
  )

  it(
    `another process that holds the write lock for ${LOCKED_S} s: the same holds`,
    async () => {
      await start()
      const other = new Database(site.databaseFile)
      other.exec('BEGIN IMMEDIATE')
      const endsAt = performance.now() + LOCKED_S * 1000
      const refusals: Reply<ErrorBody>[] = []
      const tryToLogIn = async () => {
        while (performance.now() < endsAt)
          refusals.push(await login(bff.url, await site.newCode('impatient')))
      }
      const trying = tryToLogIn()
      await watchWhile(bff.url, token, () => performance.now() > endsAt)
      await trying
      expect(refusals.length).toBeGreaterThan(0)
      for (const refusal of refusals) expectRefusal(refusal)
      await expectUnspent(() => {
        other.exec('COMMIT')
        other.close()
      })
    },
    TIMEOUT_MS,
  )
})
