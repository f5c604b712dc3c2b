/** Runs conform on our own client and on a naive one with the usual mistakes of a first draft. */
import { buildSync } from 'esbuild'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { examineClient } from '../../scripts/conform/client'
import type { Finding } from '../../scripts/conform/report'
import { makeTempDir } from '../support/temp-dir'

const ROOT = join(__dirname, '../..')
const dir = makeTempDir()

afterAll(() => dir.remove())

const LONGEST_EXAMINATION_MS = 120_000

/** On a clock that a test moves, because a naive client waits 20 s for a login. */
async function examineAtOnce(file: string): Promise<Finding[]> {
  jest.useFakeTimers()
  try {
    const findings = examineClient(file)
    await jest.advanceTimersByTimeAsync(LONGEST_EXAMINATION_MS)
    return await findings
  } finally {
    jest.useRealTimers()
  }
}

/** Each request logs in separately, and every 401 discards the current token and retries. */
const NAIVE = `
let token = ''
const ask = (options) => new Promise((success) => wx.request({ ...options, success }))
const login = (baseUrl) => new Promise((done) => wx.login({ success: async ({ code }) => {
  const { data } = await ask({ url: baseUrl + '/v1/login', method: 'POST', data: { code } })
  token = data.token
  done()
}}))
exports.createClient = ({ baseUrl }) => {
  token = ''
  return { async request({ path }) {
    for (let tries = 0; tries < 4; tries += 1) {
      if (!token) await login(baseUrl)
      const { statusCode, data } = await ask({ url: baseUrl + path, header: { Authorization: 'Bearer ' + token } })
      if (statusCode !== 401) return data
      token = ''
    }
    throw new Error('401')
  } }
}
`

it('finds no errors in our own client', async () => {
  const outfile = join(dir.path, 'auth.cjs')
  const entryPoints = [join(ROOT, 'miniprogram/auth/index.ts')]
  buildSync({ entryPoints, bundle: true, format: 'cjs', outfile })
  const findings = await examineClient(outfile)
  expect(findings.filter(({ status }) => status !== 'ok')).toEqual([])
  expect(findings).toHaveLength(6)
})

it('says that a bundle can not be loaded', async () => {
  const missing = join(dir.path, 'missing.cjs')
  await expect(examineClient(missing)).rejects.toThrow(`${missing} can't be loaded: Error: Cannot`)
})

it('names what a naive client does wrong', async () => {
  const file = join(dir.path, 'naive.cjs')
  writeFileSync(file, NAIVE)
  const failed = (await examineAtOnce(file)).filter(({ status }) => status === 'fail')
  expect(failed.map(({ name }) => name)).toEqual([
    'parallel cold starts make one login',
    'parallel 401s make one login, and each gets its own answer',
    'a late 401 makes no login and keeps the new token',
    'a request is replayed at most once',
    'a wx.login that never answers leaves nobody waiting, and the next try works',
  ])
})

/** The same with another format: a session in a header, refusals with status 200. */
const FOREIGN = NAIVE.replace(
  "url: baseUrl + '/v1/login', method: 'POST', data: { code }",
  "url: baseUrl + '/session?js_code=' + code",
)
  .replace('data.token', 'data.skey')
  .replace("Authorization: 'Bearer ' + token", "'X-Skey': token")
  .replace('statusCode !== 401', 'data.code !== -1').concat(`
exports.wire = {
  loginPath: '/session',
  readCode: ({ url }) => new URL(url).searchParams.get('js_code'),
  readToken: ({ header }) => header['X-Skey'],
  session: (token) => ({ code: 0, skey: token }),
  refusal: { status: 200, body: { code: -1 } },
}
`)

it('finds the same errors in a client with another format, described by `wire`', async () => {
  const file = join(dir.path, 'foreign.cjs')
  writeFileSync(file, FOREIGN)
  const findings = await examineAtOnce(file)
  expect(findings.find(({ name }) => name === 'a code is sent once')?.status).toBe('ok')
  const cold = findings.find(({ name }) => name === 'parallel cold starts make one login')
  expect(cold).toMatchObject({ status: 'fail', detail: '8 calls of wx.login' })
})

it('reports a file that exports no client', async () => {
  const file = join(dir.path, 'empty.cjs')
  writeFileSync(file, 'exports.nothing = 1')
  await expect(examineClient(file)).rejects.toThrow(/neither createAuth nor createClient/)
})
