/**
 * dist/cloud/ as built by `npm run build`, with the unmodified wx-server-sdk, in a process with the
 * platform's variables and without a port.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { LoginAnswer } from '../../typings/api'
import { installTools } from '../../scripts/lib/tool-packages'
import { APPID, JWT_SECRET } from '../support/bff'
import { BUILT_FUNCTION } from '../support/built-server'
import { FUNCTION_PACKAGES, startFunction } from '../support/cloud/function-instance'
import type { Caller, FunctionInstance } from '../support/cloud/function-instance'
import { makeMysqlDatabase, makePostgresDatabase } from './databases'
import type { TestDatabase } from './databases'
import { describeWith, mysqlService, postgresService } from './services'

const INSTALL_WITHIN_MS = 180_000

/** Without an AppSecret. A function does not listen, so it ignores HOST. */
const env = {
  WECHAT_APPID: APPID,
  WECHAT_API_BASE: 'http://127.0.0.1:9',
  JWT_SECRETS: `t1:${JWT_SECRET}`,
  DATA_KEYS: `d1:${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`,
  HOST: '0.0.0.0',
}

const ALICE: Caller = { OPENID: 'oAlice', APPID, SOURCE: 'wx_client,scf', CLIENTIP: '203.0.113.7' }
const BOB: Caller = { ...ALICE, OPENID: 'oBob', UNIONID: 'UBob' }
const LOGIN = { path: '/v1/login', method: 'POST', data: {} }
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

beforeAll(() => installTools(FUNCTION_PACKAGES, 'wx-server-sdk (44 MB)'), INSTALL_WITHIN_MS)

const databases = [
  [postgresService, makePostgresDatabase],
  [mysqlService, makeMysqlDatabase],
] as const

for (const [service, makeDatabase] of databases)
  describeWith([service], `on ${service.name}`, () => {
    let database: TestDatabase
    let instance: FunctionInstance
    beforeAll(async () => {
      database = await makeDatabase()
      instance = await startFunction(BUILT_FUNCTION, { ...env, DATABASE_URL: database.url })
    })
    afterAll(async () => {
      await instance.stop()
      await database.remove()
    })

    it('identifies each caller by the platform, in sequence and in parallel', async () => {
      const alice = await instance.call<LoginAnswer>(ALICE, LOGIN)
      expect([alice.statusCode, alice.data.user.openid]).toEqual([200, 'oAlice'])
      const bob = await instance.call<LoginAnswer>(BOB, LOGIN)
      expect(bob.data.user).toMatchObject({ openid: 'oBob', unionid: 'UBob' })
      const me = await instance.call(BOB, { path: '/v1/me', header: bearer(alice.data.token) })
      // A token belongs to its owner whoever sends it, as over HTTP.
      expect(me.data).toMatchObject({ id: alice.data.user.id })
      const people = Array.from({ length: 10 }, (_, n) => ({ ...ALICE, OPENID: `oCrowd${n}` }))
      const answers = await Promise.all(
        people.map((person) => instance.call<LoginAnswer>(person, LOGIN)),
      )
      expect(answers.map(({ data }) => data.user.openid)).toEqual(people.map((one) => one.OPENID))
    })

    it('identifies nobody when the platform names nobody, whatever the event contains', async () => {
      const header = { 'X-WX-OPENID': 'oAlice', 'X-WX-APPID': APPID, 'X-WX-SOURCE': 'wx_client' }
      const forged = { ...LOGIN, header, userInfo: { openId: 'oAlice', appId: APPID } }
      for (const caller of [{}, { SOURCE: 'wx_trigger' }, { ...ALICE, OPENID: '' }]) {
        const { statusCode, data } = await instance.call(caller, forged)
        expect([statusCode, data.error.code]).toEqual([401, 'TOKEN_MISSING'])
      }
      const { data } = await instance.call<LoginAnswer>(BOB, forged)
      expect(data.user.openid).toBe('oBob')
    })

    it('accepts an all-digit openid without losing digits, though the SDK returns a number', async () => {
      const digits = '0012345678901234567890'
      const { data } = await instance.call<LoginAnswer>({ ...ALICE, OPENID: digits }, LOGIN)
      expect(data.user.openid).toBe(digits)
    })

    it('shows no openid and no variable in its log', () => {
      expect(instance.output()).not.toMatch(/oAlice|oBob|Xk3vN8|mysql:\/\/|postgres:\/\//)
    })
  })

it('refuses SQLite and payment with the reason, together with all other errors', async () => {
  const instance = await startFunction(BUILT_FUNCTION, {
    ...env,
    DATABASE_URL: 'file:./secret-name.db',
    PAY_MCHID: '1900000001',
    LOG_LEVEL: 'loud',
  })
  const refusal = instance.call(ALICE, LOGIN)
  await expect(refusal).rejects.toThrow(/DATABASE_URL: .*SQLite is refused: every instance/)
  const again = await instance.call(ALICE, LOGIN).then(() => '', String)
  expect(again).toMatch(/PAY_MCHID: payment is refused/)
  expect(again).toMatch(/LOG_LEVEL: must be/)
  expect(again + instance.output()).not.toContain('secret-name')
  await instance.stop()
})

it('gives advice on an old runtime, before it loads code that the runtime can not parse', () => {
  const index = JSON.stringify(join(BUILT_FUNCTION, 'index.js'))
  const code = `Object.defineProperty(process.versions, 'node', { value: '8.9.4' }); require(${index})`
  const { status, stderr } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' })
  expect(status).toBe(1)
  expect(stderr).toMatch(
    /needs Node\.js 20\.19 or newer, and runs on 8\.9\.4\. Delete it, create it anew/,
  )
})

it('answers 503 while the database is away', async () => {
  const instance = await startFunction(BUILT_FUNCTION, {
    ...env,
    DATABASE_URL: 'postgres://nobody@127.0.0.1:9/nowhere',
  })
  const { statusCode, data } = await instance.call(ALICE, LOGIN)
  expect([statusCode, data.error.code]).toEqual([503, 'STORAGE_UNAVAILABLE'])
  await instance.stop()
})
