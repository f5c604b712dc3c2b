/**
 * Everybody opens the mini-program at once: each gets an answer in time, and the server's memory
 * stays small.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { APPID } from '../support/bff'
import type { Answer } from './support/crowd'
import { postAlone } from './support/crowd'
import { peakMegabytes } from './support/resident'
import { ask, buildProgram, makeSite } from './support/site'
import type { Program, Site } from './support/site'
import { createRandom, IS_FULL, promised, sizeOf } from './support/sizes'

const ROOT = join(__dirname, '../..')
const CLIENTS = sizeOf('FAULTS_STORM', { full: 10_000, short: 1200 })
/** More than the limits for calls and waiting, even for few clients. */
const STORM_MS = IS_FULL ? 2000 : 500
/** Slow enough that not everybody can be served, even if the clients arrive slowly. */
const WECHAT_TAKES_MS = 700
/** A machine that also runs other tests adds delays. */
const ANSWERED_WITHIN_MS = promised(10_000)
const MEMORY_MB = 300
const CODES_AT_ONCE = 50
const TIMEOUT_MS = 240_000

let program: Program
let site: Site
let wechat: ChildProcess
let wechatUrl: string
beforeAll(async () => {
  program = buildProgram()
  site = await makeSite(program.file)
  // In its own process, because this one simulates all clients.
  const script = ['--import', 'tsx', 'scripts/sandbox/main.ts', '--quiet']
  const env = { PATH: process.env['PATH'], SANDBOX_PORT: '0' }
  wechat = spawn(process.execPath, script, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] })
  wechatUrl = await new Promise((resolve) => {
    if (wechat.stdout === null) return
    createInterface({ input: wechat.stdout }).on('line', (line) => {
      const url = /http:\S+/.exec(line)?.[0]
      if (url !== undefined) resolve(url)
    })
  })
}, TIMEOUT_MS)
afterAll(async () => {
  wechat.kill()
  await site.remove()
  program.remove()
})

const control = <T>(path: string, body: object) =>
  ask<T>(`${wechatUrl}/__sandbox/${path}`, { method: 'POST', body })

async function prepareCodes(count: number): Promise<string[]> {
  const codes: string[] = []
  let people = 0
  const fetchCodes = async (): Promise<void> => {
    while (people < count) {
      people += 1
      const person = { appid: APPID, user: `storm-${people}` }
      codes.push((await control<{ code: string }>('login-code', person)).body.code)
    }
  }
  await Promise.all(Array.from({ length: CODES_AT_ONCE }, fetchCodes))
  return codes
}

const isOrderly = ({ status, retryAfterS }: Answer): boolean =>
  status === 200 || ([429, 503].includes(status) && retryAfterS > 0)

it(
  `answers all ${CLIENTS} clients that arrive in ${STORM_MS} ms`,
  async () => {
    const random = createRandom('storm')
    const codes = await prepareCodes(CLIENTS)
    await control('faults', {
      path: '/sns/jscode2session',
      mode: 'delay',
      delayMs: WECHAT_TAKES_MS,
    })
    const bff = await site.start({ WECHAT_API_BASE: wechatUrl })
    const startedAt = performance.now()
    const storming = codes.map(async (code) => {
      await delay(random.below(STORM_MS))
      return postAlone(bff.url, '/v1/login', { code })
    })
    const answers = await Promise.all(storming)
    const memory = peakMegabytes(bff.pid) ?? 0
    const longest = Math.max(...answers.map(({ waitedMs }) => waitedMs))
    const signedIn = answers.filter(({ status }) => status === 200).length
    process.stderr.write(
      `  storm: ${signedIn} of ${CLIENTS} signed in, the others asked to come back; over after ` +
        `${Math.round(performance.now() - startedAt)} ms, longest wait ${Math.round(longest)} ms, ` +
        `memory ${Math.round(memory)} MB\n`,
    )
    expect(answers.filter((answer) => !isOrderly(answer))).toEqual([])
    expect(signedIn).toBeGreaterThan(100)
    expect(signedIn).toBeLessThan(CLIENTS)
    expect(longest).toBeLessThan(ANSWERED_WITHIN_MS)
    expect(memory).toBeLessThan(MEMORY_MB)
    expect((await ask(`${bff.url}/readyz`)).status).toBe(200)
  },
  TIMEOUT_MS,
)
