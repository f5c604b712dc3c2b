/**
 * Whatever is sent, the server answers as the contract requires, or closes the connection: no 5xx,
 * no crash, no echo, no HTML. The server is its own process. The test sends 3,000 requests, or
 * FUZZ_REQUESTS; with FUZZ_SEED the same ones again.
 */
import { Agent, request as httpRequest } from 'node:http'
import fc from 'fast-check'
import type { LoginAnswer } from '../../typings/api'
import { ask, buildProgram, makeSite } from '../faults/support/site'
import type { Program, Running, Site } from '../faults/support/site'
import { sendRaw } from '../support/raw-http'
import { faultsOf, MARK } from './contract-answer'
import type { Answer } from './contract-answer'
import { GOOD_TOKEN, rawRequest, request } from './requests'
import type { FuzzedRequest } from './requests'

const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? 3000)
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1e9)
/** The share of requests that is sent as raw bytes, each on its own connection. */
const RAW_SHARE = 0.1
const BATCH = 50
const ANSWER_WITHIN_MS = 20_000
const TEST_MS = 60_000 + REQUESTS * 20
const TELL_EVERY = 10_000

jest.setTimeout(TEST_MS)

let program: Program
let site: Site
let bff: Running
const agent = new Agent({ keepAlive: true, maxSockets: 16 })
beforeAll(async () => {
  program = buildProgram()
  site = await makeSite(program.file, {
    TRUST_PROXY: '1',
    CONTENT_CHECK: 'lenient',
    LOG_LEVEL: 'warn',
  })
  // At LOG_LEVEL=warn the line with the address is not written.
  bff = await site.start({ LOG_LEVEL: 'info' })
  process.stderr.write(`  fuzz: FUZZ_SEED=${SEED}\n`)
})
afterAll(async () => {
  agent.destroy()
  await site.remove()
  program.remove()
})

let token = ''
let people = 0
/** The requests include log-outs and deletions; then another person logs in. */
async function keepToken(): Promise<string> {
  const { status } = await ask(`${bff.url}/v1/me`, { token })
  if (status === 200) return token
  const body = { code: await site.newCode(`fuzz${people++ % 1000}`) }
  token = (await ask<LoginAnswer>(`${bff.url}/v1/login`, { method: 'POST', body })).body.token
  return token
}

function send({ method, path, headers, body }: FuzzedRequest, good: string): Promise<Answer> {
  const real = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value.replace(GOOD_TOKEN, good)]),
  )
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(bff.url)
    const req = httpRequest({ agent, hostname, port, method, path, headers: real }, (res) => {
      const chunks: Buffer[] = []
      res.on('data', (chunk: Buffer) => chunks.push(chunk))
      res.on('error', reject)
      res.on('end', () => {
        const got = res.headers as Record<string, string | undefined>
        resolve({
          method,
          status: res.statusCode ?? 0,
          headers: got,
          body: Buffer.concat(chunks).toString(),
        })
      })
    })
    // The server may refuse, answer and close before it has read the whole body.
    req.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE')
        resolve({ method, status: 400, headers: {}, body: '' })
      else reject(error)
    })
    req.setTimeout(ANSWER_WITHIN_MS, () => {
      req.destroy(new Error(`no answer to ${method} ${path} within ${ANSWER_WITHIN_MS} ms`))
    })
    req.end(body ?? undefined)
  })
}

let sent = 0
function count(statuses: Map<number, number>, status: number): void {
  statuses.set(status, (statuses.get(status) ?? 0) + 1)
  sent += 1
  if (sent % TELL_EVERY === 0) process.stderr.write(`  … fuzz: ${sent} of ${REQUESTS}\n`)
}

it(`answers ${REQUESTS} fuzzed requests as the contract requires`, async () => {
  const statuses = new Map<number, number>()
  const batches = Math.ceil((REQUESTS * (1 - RAW_SHARE)) / BATCH)
  const batch = fc.array(request, { minLength: BATCH, maxLength: BATCH })
  await fc.assert(
    fc.asyncProperty(batch, async (requests) => {
      const good = await keepToken()
      const answers = await Promise.all(requests.map((one) => send(one, good)))
      const faults = answers.flatMap((answer, i) =>
        faultsOf(answer).map((fault) => ({ fault, request: requests[i], answer })),
      )
      answers.forEach(({ status }) => {
        count(statuses, status)
      })
      expect(faults).toEqual([])
    }),
    { numRuns: batches, seed: SEED, endOnFailure: true },
  )
  // The requests reached every part: served, or refused by form, token, route, size and type.
  for (const status of [200, 204, 400, 401, 404, 405, 415])
    expect(statuses.get(status)).toBeGreaterThan(0)
})

it('answers requests with corrupted bytes, or closes', async () => {
  const batch = fc.array(rawRequest, { minLength: BATCH, maxLength: BATCH })
  await fc.assert(
    fc.asyncProperty(batch, async (requests) => {
      const good = await keepToken()
      const replies = await Promise.all(
        requests.map((bytes) =>
          sendRaw(
            bff.url,
            Buffer.from(bytes.toString('latin1').replace(GOOD_TOKEN, good), 'latin1'),
          ),
        ),
      )
      for (const [i, { statuses, text }] of replies.entries()) {
        sent += 1
        const body = text.replace(/^x-request-id: .*$/gim, '').replace(/"requestId":"[^"]*"/g, '')
        const isEcho =
          statuses.every((status) => status >= 400) && body.toLowerCase().includes(MARK)
        const isBad = statuses.some((status) => status >= 500) || /<(!doctype|html|pre)/i.test(text)
        expect([isEcho || isBad ? requests[i]?.toString('latin1') : '', text]).toEqual(['', text])
      }
    }),
    { numRuns: Math.ceil((REQUESTS * RAW_SHARE) / BATCH), seed: SEED, endOnFailure: true },
  )
})

it('still works afterwards', async () => {
  expect(sent).toBeGreaterThanOrEqual(REQUESTS)
  expect((await ask(`${bff.url}/readyz`)).status).toBe(200)
  await keepToken()
  const alarming = site.lines.filter((line) =>
    /"alert":true|"level":[56]0|"status":5\d\d|^[^{]/.test(line),
  )
  expect(alarming).toEqual([])
  await bff.stop()
  expect(await bff.exited).toBe(0)
})
