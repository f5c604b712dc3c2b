/**
 * The database file is removed while the server runs: new writes would be lost, so none is
 * accepted.
 */
import { copyFileSync, renameSync, rmSync } from 'node:fs'
import { startTestBff } from '../../../support/bff'
import type { TestBff } from '../../../support/bff'
import { until } from '../../../support/until'

let bff: TestBff
let token: string
beforeEach(async () => {
  bff = await startTestBff()
  token = (await bff.login()).body.token
})
afterEach(() => bff.stop())

const isReady = async () => (await bff.get('/readyz')).status === 200

async function expectRefusals(): Promise<void> {
  // A recent commit still counts as proof of a working storage.
  await until(async () => !(await isReady()))
  expect(await bff.get('/readyz')).toMatchObject({
    status: 503,
    body: { status: 'unavailable', failing: ['storage'] },
  })
  expect(await bff.send('POST', '/v1/login', { code: await bff.newCode() })).toMatchObject({
    status: 503,
    body: { error: { code: 'STORAGE_UNAVAILABLE' } },
  })
  const change = await bff.send('PUT', '/v1/me', { nickname: '小红' }, token)
  expect([change.status, change.body.error.code]).toEqual([503, 'STORAGE_UNAVAILABLE'])
  expect((await bff.get('/healthz')).status).toBe(200)
}

it('removed: 503, and /readyz names the storage', async () => {
  rmSync(bff.databaseFile)
  await expectRefusals()
})

it('replaced by a copy: the same, and it recovers when the file is back', async () => {
  const aside = `${bff.databaseFile}.aside`
  renameSync(bff.databaseFile, aside)
  copyFileSync(aside, bff.databaseFile)
  await expectRefusals()
  renameSync(aside, bff.databaseFile)
  await until(isReady)
  expect((await bff.login()).status).toBe(200)
})
