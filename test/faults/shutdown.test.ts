/** SIGTERM under load: every request gets an answer, and acknowledged changes are kept. */
import type { ErrorBody, LoginAnswer } from '../../typings/api'
import { until } from '../support/until'
import { ask, buildProgram, makeSite } from './support/site'
import type { Program, Site } from './support/site'
import { promised } from './support/sizes'

const LOGINS = 100
const WECHAT_TAKES_MS = 1000
const ENDS_WITHIN_MS = promised(10_000)
const TIMEOUT_MS = 90_000

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

it(
  `answers ${LOGINS} logins in flight at SIGTERM, and exits with 0`,
  async () => {
    const bff = await site.start()
    const codes = await Promise.all(
      Array.from({ length: LOGINS }, (_, index) => site.newCode(`guest-${index}`)),
    )
    const path = '/sns/jscode2session'
    await site.control('faults', { path, mode: 'delay', delayMs: WECHAT_TAKES_MS })
    const logins = codes.map((code) =>
      ask<LoginAnswer & ErrorBody>(`${bff.url}/v1/login`, { method: 'POST', body: { code } }),
    )
    await until(async () => (await site.callsTo(path)) === LOGINS)
    const startedAt = performance.now()
    process.kill(bff.pid, 'SIGTERM')
    const replies = await Promise.all(logins)
    expect(await bff.exited).toBe(0)
    expect(performance.now() - startedAt).toBeLessThan(ENDS_WITHIN_MS)
    expect(replies.map(({ status }) => status)).toEqual(codes.map(() => 200))

    const after = await site.start()
    const users = await Promise.all(
      replies.map(({ body }) => ask(`${after.url}/v1/me`, { token: body.token })),
    )
    expect(users.map(({ status }) => status)).toEqual(codes.map(() => 200))
    await after.stop()
  },
  TIMEOUT_MS,
)
