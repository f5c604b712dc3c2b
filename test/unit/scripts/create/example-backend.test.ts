/** The example backend of generated projects must meet docs/minimum-backend.md. */
import { once } from 'node:events'
import { join } from 'node:path'
import { backendChecks } from '../../../../scripts/conform/backend-checks'
import { bffDialect } from '../../../../scripts/conform/dialect'
import { examine } from '../../../../scripts/conform/report'
import type { Sandbox } from '../../../../scripts/sandbox/sandbox'
import { createSandbox } from '../../../../scripts/sandbox/sandbox'
import { sandboxEnv } from '../../../../scripts/start/bff-env'
import type { BffProcess } from '../../../../scripts/start/bff-process'
import { startBff } from '../../../../scripts/start/bff-process'
import { APPID } from '../../../support/bff'
import { collect, openSocket } from '../../../support/raw-http'

const EXAMPLE = join(__dirname, '../../../../scripts/create/templates/own/backend/main.mjs')

let sandbox: Sandbox
let sandboxUrl: string
let backend: BffProcess

beforeAll(async () => {
  sandbox = createSandbox()
  sandboxUrl = (await sandbox.listen(0)).url
  const env = { PATH: process.env['PATH'], PORT: '0', ...sandboxEnv(sandboxUrl) }
  backend = await startBff({ env, program: [EXAMPLE], onLine: () => undefined })
})

afterAll(async () => {
  await backend.stop()
  await sandbox.close()
})

it('survives a request that is cut off in its body', async () => {
  const socket = openSocket(backend.url)
  const closed = collect(socket)
  const head = ['Host: x', 'Content-Length: 100', 'Expect: 100-continue', '', ''].join('\r\n')
  socket.write(`POST /v1/login HTTP/1.1\r\n${head}`)
  // Node answers 100 when it passes the request to the backend.
  await once(socket, 'data')
  await new Promise((resolve) => socket.write('{"code":', resolve))
  socket.destroy()
  await closed
  // By the second request it has noticed the cut.
  for (const path of ['/readyz', '/readyz'])
    expect((await fetch(`${backend.url}${path}`)).status).toBe(200)
})

it('answers 400 to a body that is too long', async () => {
  const body = JSON.stringify({ code: 'x'.repeat(2_000_000) })
  const { status } = await fetch(`${backend.url}/v1/login`, { method: 'POST', body })
  expect(status).toBe(400)
})

it('answers 403 when WeChat takes the user for a high risk', async () => {
  const post = (url: string, body: object) =>
    fetch(url, { method: 'POST', body: JSON.stringify(body) })
  const fault = { path: '/sns/jscode2session', mode: 'errcode', errcode: 40226, times: 1 }
  await post(`${sandboxUrl}/__sandbox/faults`, fault)
  const login = await post(`${sandboxUrl}/__sandbox/login-code`, { appid: APPID, user: 'alice' })
  const answer = await post(`${backend.url}/v1/login`, await (login.json() as Promise<object>))
  expect([answer.status, await answer.json()]).toEqual([
    403,
    { error: { code: 'WX_USER_BLOCKED' } },
  ])
})

// Last, since its wrong codes use up the limit of this address.
it('does the least that a backend must do', async () => {
  const target = {
    url: backend.url,
    sandboxUrl,
    appid: APPID,
    dialect: bffDialect,
    protectedPath: '/v1/me',
    avatarPath: 'none',
    profilePath: 'none',
  }
  const findings = []
  for (const check of backendChecks) findings.push(await examine(check, target))
  expect(findings.filter(({ status }) => status === 'fail')).toEqual([])
})
