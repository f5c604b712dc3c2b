/** Answers of WeChat to AppID and AppSecret, each planted in the sandbox; and the clock. */
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DoctorContext } from '../../../../scripts/doctor/context'
import type { Finding } from '../../../../scripts/doctor/finding'
import { checkWechat } from '../../../../scripts/doctor/wechat'
import { createSandbox } from '../../../../scripts/sandbox/sandbox'

const APPID = 'wx5a6dbc0000000001'
const OTHER = 'wx5a6dbc0000000002'
const SECRET = `sandbox-secret-${APPID}`

const sandbox = createSandbox()
let url = ''
beforeAll(async () => {
  url = (await sandbox.listen(0)).url
})
afterEach(async () => {
  await fetch(`${url}/__sandbox/faults`, { method: 'DELETE' })
})
afterAll(() => sandbox.close())

const plant = (fault: object) =>
  fetch(`${url}/__sandbox/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ path: '/cgi-bin/stable_token', ...fault }),
  })

function contextOf(env: NodeJS.ProcessEnv, more: Partial<DoctorContext> = {}): DoctorContext {
  return {
    root: '/nowhere',
    env: { WECHAT_API_BASE: url, WECHAT_APPID: APPID, WECHAT_APPSECRET: SECRET, ...env },
    nodeVersion: '20.19.0',
    now: Date.now,
    online: true,
    ...more,
  }
}

const of = (findings: Finding[], subject: string) =>
  findings.filter((finding) => finding.subject === subject)

it('a valid pair, checked by a call that does not replace the token of a running server', async () => {
  const findings = await checkWechat(contextOf({}))
  expect(findings.map(({ status }) => status)).toEqual(['ok', 'ok'])
  const answer = await fetch(`${url}/__sandbox/calls`)
  const { counts } = (await answer.json()) as { counts: Record<string, number> }
  expect(counts).toEqual({ '/cgi-bin/stable_token': 1 })
})

it.each([
  [
    'an unknown AppID',
    { WECHAT_APPID: 'wx0000000000000000' },
    /no AppID wx0000000000000000 \(40013\)/,
  ],
  [
    'a wrong AppSecret',
    { WECHAT_APPSECRET: 'wrong-secret-wrong' },
    /refuses the AppSecret \(40125\)/,
  ],
])('%s', async (_name, env, message) => {
  const [finding] = await checkWechat(contextOf(env))
  expect(finding).toMatchObject({ status: 'fail', what: expect.stringMatching(message) })
  expect(finding!.cure).toContain('mp.weixin.qq.com')
  expect(JSON.stringify(finding)).not.toContain('wrong-secret')
})

it.each([
  [40001, /refuses the AppSecret \(40001\)/, /Compare/],
  [40164, /allow-list \(40164\): 127\.0\.0\.1$/, /^Add 127\.0\.0\.1 at .*IP 白名单/],
  [40243, /frozen \(40243\)/, /Unfreeze/],
  [45009, /used up/, /tomorrow/],
  [45011, /too many calls/, /Wait a minute/],
  [50007, /account is frozen/, /notices/],
  [89503, /waits for the administrator/, /confirms/],
  [89506, /administrator refused/, /24 hours/],
  [89507, /administrator refused/, /an hour/],
  [-1, /busy/, /again/],
  [61024, /WeChat answers 61024/, /return codes/],
])('errcode %d: its meaning and the advice', async (errcode, what, cure) => {
  await plant({ mode: 'errcode', errcode })
  const [finding] = await checkWechat(contextOf({}))
  expect(finding!.status).toBe('fail')
  expect(finding!.what).toMatch(what)
  expect(finding!.cure).toMatch(cure)
})

it.each([
  ['a page instead of JSON', { mode: 'html' }, /did not answer \(no JSON in time\)/],
  ['a reset', { mode: 'reset' }, /did not answer \((UND_ERR_SOCKET|ECONNRESET)\)/],
  ['a redirect, which is not followed', { mode: 'redirect' }, /did not answer/],
])('%s', async (_name, fault, message) => {
  await plant(fault)
  const [finding] = await checkWechat(contextOf({}))
  expect(finding).toMatchObject({ status: 'fail', what: expect.stringMatching(message) })
  expect(finding!.cure).toMatch(/--offline/)
})

it('an unreachable server', async () => {
  const [finding] = await checkWechat(contextOf({ WECHAT_API_BASE: 'http://127.0.0.1:1' }))
  expect(finding!.what).toMatch(/did not answer \((ECONNREFUSED|no JSON in time)\)/)
})

it('checks each of several apps, and the clock once', async () => {
  const apps = [APPID, OTHER].map((appid) => ({
    appid,
    secret: `sandbox-secret-${appid}`,
    type: 'miniprogram',
  }))
  const findings = await checkWechat(
    contextOf({ WECHAT_APPS: JSON.stringify(apps), WECHAT_APPID: undefined }),
  )
  expect(findings.map(({ subject }) => subject)).toEqual([
    `WeChat, ${APPID}`,
    `WeChat, ${OTHER}`,
    'clock',
  ])
})

describe('the clock', () => {
  it.each([
    [0, 'ok', /within 30 s/],
    [45_000, 'warn', /45? s ahead of|4[456] s ahead of/],
    [-120_000, 'warn', /1[12]\d s behind/],
    [600_000, 'fail', /(599|600|601) s ahead of/],
  ])('%d ms off: %s', async (offMs, status, what) => {
    const findings = await checkWechat(contextOf({}, { now: () => Date.now() + offMs }))
    const [clock] = of(findings, 'clock')
    expect(clock!.status).toBe(status)
    expect(clock!.what).toMatch(what)
  })

  it('an answer without a date gives no finding', async () => {
    const server: Server = createServer((_request, response) => {
      response.sendDate = false
      response.end('{"access_token":"t","expires_in":7200}')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const findings = await checkWechat(contextOf({ WECHAT_API_BASE: `http://127.0.0.1:${port}` }))
    server.close()
    expect(findings.map(({ status }) => status)).toEqual(['ok'])
  })
})

it('without an AppSecret or with --offline no call is made, and the report says so', async () => {
  const before = await fetch(`${url}/__sandbox/calls`).then((answer) => answer.text())
  const [alone] = await checkWechat(contextOf({ WECHAT_APPSECRET: '' }))
  const [offline] = await checkWechat(contextOf({}, { online: false }))
  expect([alone!.status, offline!.status]).toEqual(['warn', 'warn'])
  expect(alone!.cure).toMatch(/npm run init/)
  expect(offline!.what).toMatch(/--offline/)
  await expect(fetch(`${url}/__sandbox/calls`).then((answer) => answer.text())).resolves.toBe(
    before,
  )
})

it.each(['{}', 'null', '[', '1'])(
  'skips WECHAT_APPS=%s, which the server refuses',
  async (list) => {
    await expect(checkWechat(contextOf({ WECHAT_APPS: list }))).resolves.toEqual([])
  },
)
