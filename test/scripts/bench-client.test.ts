/** The benchmark of the login library: what it counts is exact, whatever the machine is doing. */
import { execFileSync } from 'node:child_process'
import { toFacts, toPage, toTable } from '../../scripts/bench-client/report'
import { runBenchmark, type Result } from '../../scripts/bench-client/run'
import { ownSubjects } from '../../scripts/bench-client/subjects'

describe('bench:client', () => {
  let result: Result
  const lines: string[] = []
  const row = (name: string) => result.rows.find((one) => one.name === name)

  beforeAll(async () => {
    const plan = { rounds: 2, requests: 50 }
    result = await runBenchmark(ownSubjects, plan, (line) => void lines.push(line))
  })

  it('counts one wx.login for fifty requests with a revoked token, and answers all of them', () => {
    expect(row('auth/')?.burst).toMatchObject({ answered: 50, logins: 1 })
  })

  it('counts what the usual interceptor does: a login for each 401, and nothing past ten at once', () => {
    expect(row('wx.request')?.burst).toEqual({ answered: 10, logins: 10, sent: 30 })
  })

  it('counts no request before a returning visit has its session, and no call of wx to load', () => {
    const start = { callsToLoad: 0, requestsCached: 0, requestsFirst: 1, loginsFirst: 1 }
    expect(row('auth/')?.start).toEqual(start)
  })

  it('times every candidate and says how far it is', () => {
    for (const { cpuPerRequest, loadMicroseconds } of result.rows) {
      expect(cpuPerRequest).toBeGreaterThan(0)
      expect(loadMicroseconds).toBeGreaterThan(0)
    }
    expect(lines).toContain('  round 2 of 2')
  })

  it('weighs the whole package: small, and more than its scripts', () => {
    expect(result.package.files).toBeGreaterThan(50)
    expect(result.package.bytes).toBeLessThan(200 * 1024)
    expect(result.package.scriptBytes).toBeLessThan(result.package.bytes)
  })

  it('prints a table and a page that name machine, date and commit', () => {
    const log = ['log', '-1', '--format=%h', '--', 'miniprogram/auth']
    const commit = execFileSync('git', log, { encoding: 'utf8' }).trim()
    expect(commit).toMatch(/^[0-9a-f]{7,}$/)
    const page = toPage(result)
    for (const part of [commit, result.machine, result.date, '| auth/ |', '50 of 50']) {
      expect(page).toContain(part)
    }
    expect(toTable(result).split('\n')).toHaveLength(3)
    expect(toFacts(result)[2]).toMatch(/after 0 requests/)
  })
})
