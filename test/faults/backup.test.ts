/**
 * A backup taken while people log in: it finishes, and the restored copy contains everything
 * acknowledged before it.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { until } from '../support/until'
import { buildProgram, makeSite } from './support/site'
import type { Program, Site } from './support/site'
import { createRandom, sizeOf } from './support/sizes'
import { audit, createLedger, startWork } from './support/workload'
import type { Ledger } from './support/workload'

const ROOT = join(__dirname, '../..')
/** Enough rows that the backup takes several steps. */
const RESIDENTS = sizeOf('FAULTS_RESIDENTS', { full: 400_000, short: 150_000 })
const TIMEOUT_MS = 120_000
const BACKUP_WITHIN_MS = 60_000

let program: Program
let site: Site
beforeAll(async () => {
  program = buildProgram()
  site = await makeSite(program.file)
})
afterAll(async () => {
  await site.remove()
  program.remove()
})

/** Existing users, inserted without logging in. */
function moveIn(file: string, count: number): void {
  const db = new Database(file)
  const insert = db.prepare('INSERT INTO users (id, nickname, created_at_ms) VALUES (?, ?, 1)')
  db.transaction(() => {
    for (let index = 0; index < count; index += 1) insert.run(`resident-${index}`, '名'.repeat(100))
  })()
  db.close()
}

/** Another process that writes continuously. */
function startWriter(file: string): ChildProcess {
  const script = `
    const Database = require('better-sqlite3')
    const write = new Database(process.argv[1]).prepare('UPDATE health SET probes = probes + 1')
    setInterval(() => { for (let n = 0; n < 20; n += 1) write.run() }, 1)`
  return spawn(process.execPath, ['-e', script, file], { cwd: ROOT, stdio: 'inherit' })
}

function runBackup(to: string): Promise<{ code: number | null; text: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'server/backup.ts', to], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], DATABASE_URL: `file:${site.databaseFile}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const late = setTimeout(() => child.kill('SIGKILL'), BACKUP_WITHIN_MS)
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return new Promise((resolve) => {
    child.once('close', (code) => {
      clearTimeout(late)
      resolve({ code, text })
    })
  })
}

/** A snapshot of the acknowledged sessions; later changes are not part of it. */
const copyOf = ({ sessions }: Ledger): Ledger => ({
  ...createLedger(),
  sessions: sessions.map((session) => ({ ...session, person: { ...session.person } })),
})

it(
  'contains everything that was acknowledged before it began',
  async () => {
    const random = createRandom('backup')
    const bff = await site.start()
    moveIn(site.databaseFile, RESIDENTS)
    const ledger = createLedger()
    const work = startWork({ site, url: bff.url, ledger, random }, 8)
    await until(() => ledger.acknowledged > 50)
    const before = copyOf(ledger)
    const copy = join(site.dir, 'copy.db')
    const writer = startWriter(site.databaseFile)
    const { code, text } = await runBackup(copy)
    writer.kill()
    const during = ledger.acknowledged
    await until(() => ledger.acknowledged > during)
    await work.stop()
    await bff.stop()
    expect([code, text]).toEqual([0, expect.stringContaining('checked')])

    const restored = await site.start({ DATABASE_URL: `file:${copy}` })
    // Names changed or sessions ended during the backup may or may not be in it.
    const changed = new Set(
      ledger.sessions
        .filter(({ state, person }, index) => {
          const then = before.sessions[index]
          return then?.state !== state || then.person.nicknames.join() !== person.nicknames.join()
        })
        .map(({ token }) => token),
    )
    before.sessions = before.sessions.filter(({ token }) => !changed.has(token))
    expect(before.sessions.length).toBeGreaterThan(10)
    expect(await audit(restored.url, before)).toEqual([])
    await restored.stop()

    const db = new Database(copy, { readonly: true })
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
    expect(db.pragma('foreign_key_check')).toEqual([])
    expect(db.prepare('SELECT count(*) FROM users').pluck().get()).toBeGreaterThan(RESIDENTS)
    db.close()
  },
  TIMEOUT_MS,
)
