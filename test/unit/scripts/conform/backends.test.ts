/** Runs conform on our own BFF, on a RuoYi-like stand-in, and on stand-ins with one error each. */
import { join } from 'node:path'
import type { Target } from '../../../../scripts/conform/backend'
import { backendChecks } from '../../../../scripts/conform/backend-checks'
import { bffDialect, loadDialect } from '../../../../scripts/conform/dialect'
import { examine } from '../../../../scripts/conform/report'
import { createSandbox } from '../../../../scripts/sandbox/sandbox'
import { APPID, startTestBff } from '../../../support/bff'
import type { Fault } from './stand-in'
import { startStandIn } from './stand-in'

const RUOYI = join(__dirname, '../../../../miniprogram/auth/backends/ruoyi.ts')
const sandbox = createSandbox()
let sandboxUrl = ''

beforeAll(async () => {
  sandboxUrl = (await sandbox.listen(0)).url
})
afterAll(() => sandbox.close())

async function findFaults(target: Target): Promise<string[]> {
  const findings = []
  for (const check of backendChecks) findings.push(await examine(check, target))
  return findings.filter(({ status }) => status === 'fail').map(({ name }) => name)
}

async function examineStandIn(faults: Fault[]): Promise<string[]> {
  const standIn = await startStandIn(sandboxUrl, APPID, faults)
  try {
    return await findFaults({
      url: standIn.url,
      sandboxUrl,
      appid: APPID,
      dialect: await loadDialect(RUOYI),
      protectedPath: '/getInfo',
      avatarPath: 'none',
      profilePath: 'none',
    })
  } finally {
    standIn.close()
  }
}

it('finds no errors in our own BFF', async () => {
  const bff = await startTestBff()
  try {
    const target = {
      url: bff.url,
      sandboxUrl: bff.sandboxUrl,
      appid: APPID,
      dialect: bffDialect,
      protectedPath: '/v1/me',
      avatarPath: '/v1/me/avatar',
      profilePath: '/v1/me/wechat-profile',
    }
    expect(await findFaults(target)).toEqual([])
  } finally {
    await bff.stop()
  }
})

it('finds no errors in a RuoYi-like backend', async () => {
  expect(await examineStandIn([])).toEqual([])
})

it.each<[Fault, RegExp]>([
  ['codes work twice', /a code is used once/],
  ['codes work twice at once', /one code twice at once/],
  ['invented codes work', /invented code is refused/],
  ['session_key in the answer', /holds no session_key/],
  ['no token needed', /no token: log in again/],
  ['any token works', /an invented token/],
  ['only the first half of a token counts', /a changed token/],
  ['a login ends the others', /second login leaves the first/],
  ['logout does nothing', /logout ends its token/],
  ['logout ends all', /logout ends its token/],
  ['login answers no token', /a good code logs in/],
  ['no limit', /wrong codes are slowed down/],
  ['no Retry-After', /wrong codes are slowed down/],
])('names the fault: %s', async (fault, name) => {
  const found = await examineStandIn([fault])
  expect(found.filter((fault) => name.test(fault))).toHaveLength(1)
})

it('explains the error in a dialect file', async () => {
  await expect(loadDialect(join(__dirname, 'stand-in.ts'))).rejects.toThrow(/exports no object/)
  await expect(loadDialect('/nowhere.ts')).rejects.toThrow(/can't be loaded/)
})
