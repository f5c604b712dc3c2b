/** npm start: keys once and private, ports that are taken are named; backup: a copy that opens. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { readDevKeys } from '../../scripts/start/dev-keys'
import { assertPortsFree, portFrom } from '../../scripts/start/ports'
import { parseConfig } from '../../server/config'
import { openSqliteStore } from '../../server/store/sqlite/sqlite-store'
import { makeTempDir } from '../support/temp-dir'

const ROOT = join(__dirname, '../..')
const RUN_WITHIN_MS = 60_000
const dir = makeTempDir()
afterAll(() => {
  dir.remove()
})

it('makes keys once, for the owner only, that the BFF accepts', () => {
  const file = join(dir.path, 'data', 'keys.env')
  const keys = readDevKeys(file)
  expect(readDevKeys(file)).toEqual(keys)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const app = { WECHAT_APPID: 'wx0123456789abcdef', WECHAT_APPSECRET: 'f00dfeedf00dfeed' }
  expect(parseConfig({ ...app, ...keys }).jwtSecrets).toHaveLength(1)
})

it('names a taken port and the variable that changes it', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await expect(assertPortsFree([{ what: 'BFF', variable: 'PORT', port }])).rejects.toThrow(
    new RegExp(`Port ${port}, wanted by the BFF, is taken.*PORT=`),
  )
  server.close()
  expect(() => portFrom({ PORT: 'x' }, 'PORT', 1)).toThrow(/PORT must be a port/)
})

it(
  'backs up while the store is open, and the copy opens with the same rows',
  async () => {
    const file = join(dir.path, 'app.db')
    const copy = join(dir.path, 'copy.db')
    const store = openSqliteStore(file)
    const { user } = await store.login({
      appid: 'wxA',
      openid: 'oA',
      unionid: null,
      sessionKeySealed: 'k.x',
      sessionKeyAtMs: 1,
      session: { id: 's1', device: 'iPhone', createdAtMs: 1, expiresAtMs: 9e12 },
      idleSinceMs: 0,
      maxSessions: 20,
    })
    const backup = () =>
      spawnSync(process.execPath, ['--import', 'tsx', 'scripts/backup.ts', copy], {
        cwd: ROOT,
        env: { PATH: process.env['PATH'], DATABASE_URL: `file:${file}` },
        encoding: 'utf8',
      })
    const first = backup()
    expect([first.status, first.stderr]).toEqual([0, ''])
    const again = backup()
    expect([again.status, again.stderr.includes('exists already')]).toEqual([1, true])
    await store.close()
    const restored = openSqliteStore(copy)
    await expect(restored.findLiveSession('s1')).resolves.toMatchObject({ user })
    await restored.close()
    expect(existsSync(copy)).toBe(true)
    expect(statSync(copy).mode & 0o777).toBe(0o600)
    expect(new Database(copy, { readonly: true }).pragma('quick_check', { simple: true })).toBe(
      'ok',
    )
    expect(readFileSync(copy).length).toBeGreaterThan(0)
  },
  RUN_WITHIN_MS,
)
