/** Checks of Node, ports, .env, configuration and databases, with each fault planted. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { checkEnvFile, checkKeysDiffer } from '../../../../scripts/doctor/configuration'
import type { DoctorContext } from '../../../../scripts/doctor/context'
import { checkDatabase } from '../../../../scripts/doctor/database'
import type { Finding } from '../../../../scripts/doctor/finding'
import { withoutSecrets } from '../../../../scripts/doctor/finding'
import { checkNode, checkPorts } from '../../../../scripts/doctor/machine'
import { checkRedis } from '../../../../scripts/doctor/redis'
import { checkVariables, distanceBetween } from '../../../../scripts/doctor/variables'
import { openSqliteStore } from '../../../support/sqlite-store'
import { makeTempDir } from '../../../support/temp-dir'

const JWT = 'Xk3vN8qLw2ZrT7yB5mHc9PdFgJsAe4Uo'
const DATA = Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')

const dir = makeTempDir()
beforeAll(() => {
  writeFileSync(join(dir.path, 'package.json'), '{"engines":{"node":">=20.19"}}')
})
afterAll(() => {
  dir.remove()
})

const contextOf = (env: NodeJS.ProcessEnv = {}, nodeVersion = '20.20.2'): DoctorContext => ({
  root: dir.path,
  env,
  nodeVersion,
  now: Date.now,
  online: false,
})
const brief = (findings: Finding[]) => findings.map(({ status, what }) => `${status} ${what}`)

it.each([
  ['20.19.0', 'ok'],
  ['24.1.0', 'ok'],
  ['20.9.0', 'fail'],
  ['18.20.4', 'fail'],
])('Node %s: %s', (version, status) => {
  expect(checkNode(contextOf({}, version)).status).toBe(status)
})

it('a port: free, used by another program, used by this project, or invalid', async () => {
  const answer = { status: 404 }
  const server = createServer((_request, response) => response.writeHead(answer.status).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const port = String((server.address() as AddressInfo).port)
  const env = { PORT: port, PREVIEW_PORT: '0', SANDBOX_PORT: 'x' }
  const [bff, preview, sandbox] = await checkPorts(contextOf(env))
  expect(bff).toMatchObject({ status: 'fail', what: `${port} is taken by another program` })
  expect(bff!.cure).toContain(`PORT=${Number(port) + 10}`)
  expect(preview!.status).toBe('ok')
  expect(sandbox).toMatchObject({
    status: 'fail',
    what: expect.stringMatching(/SANDBOX_PORT must be/),
  })
  answer.status = 200
  expect((await checkPorts(contextOf(env)))[0]).toMatchObject({
    status: 'ok',
    what: `${port}: it runs there already`,
  })
  server.closeAllConnections()
  server.close()
})

it('reports a port that is configured twice, including the metrics port', async () => {
  const env = { PORT: '61234', PREVIEW_PORT: '0', SANDBOX_PORT: '0', METRICS_PORT: '61234' }
  expect((await checkPorts(contextOf(env))).map(({ what }) => what)).toContainEqual(
    expect.stringMatching(/^PORT and METRICS_PORT are both 61234/),
  )
})

it('.env: missing, private, readable by others, tracked by git', () => {
  const file = join(dir.path, '.env')
  expect(checkEnvFile(contextOf()).status).toBe('warn')
  expect(checkEnvFile(contextOf({ WECHAT_APPSECRET: 'x' })).status).toBe('ok')
  writeFileSync(file, '', { mode: 0o600 })
  expect(checkEnvFile(contextOf()).status).toBe('ok')
  chmodSync(file, 0o640)
  expect(checkEnvFile(contextOf())).toMatchObject({ status: 'fail', cure: 'chmod 600 .env' })
  chmodSync(file, 0o600)
  spawnSync('git', ['init', '-q'], { cwd: dir.path })
  spawnSync('git', ['add', '-f', '.env'], { cwd: dir.path })
  expect(checkEnvFile(contextOf()).what).toMatch(/git tracks it/)
})

it('reports one value used in two places', () => {
  const env = { JWT_SECRETS: `a:${DATA}`, DATA_KEYS: `b:${DATA}`, WECHAT_APPSECRET: DATA }
  expect(checkKeysDiffer(contextOf(env)).map(({ what }) => what)).toEqual([
    'JWT_SECRETS and the DATA_KEYS are equal',
    'JWT_SECRETS and the AppSecret are equal',
    'DATA_KEYS and the AppSecret are equal',
  ])
  expect(checkKeysDiffer(contextOf({ JWT_SECRETS: `a:${JWT}`, DATA_KEYS: `b:${DATA}` }))).toEqual(
    [],
  )
  expect(checkKeysDiffer(contextOf({}))).toEqual([])
})

it('no finding shows a secret, whatever a check reports', () => {
  const raw: Finding = { status: 'fail', subject: 'x', what: `it is ${JWT}`, cure: `use ${JWT}!` }
  expect(withoutSecrets(raw, [JWT])).toEqual({ ...raw, what: 'it is ***', cure: 'use ***!' })
})

it('a misspelt variable in .env is an error, an unknown one is noted', () => {
  writeFileSync(join(dir.path, '.env.example'), '#PORT=3000\nLOG_LEVEL=info\n#DATA_KEYS=\n')
  const found = (text: string) => {
    writeFileSync(join(dir.path, '.env'), text)
    return checkVariables(contextOf())
      .map(({ status, cure }) => `${status} ${cure ?? ''}`)
      .sort()
  }
  expect(found('PORTT=3001\nLOG_LEVL=debug\n')).toEqual([
    'fail Is it LOG_LEVEL? Correct the name in .env.',
    'fail Is it PORT? Correct the name in .env.',
  ])
  expect(found('HTTPS_PROXY=http://127.0.0.1:1\n')).toEqual([expect.stringMatching(/^warn /)])
  expect(found('PORT=3001\nDATA_KEYS=k\n')).toEqual([])
})

it('a line of .env that sets nothing is named by its number alone; comments and quotes are none', () => {
  writeFileSync(join(dir.path, '.env.example'), '#PORT=3000\n#JWT_SIGNING_KEY=\n')
  const found = (text: string) => {
    writeFileSync(join(dir.path, '.env'), text)
    return checkVariables(contextOf()).map(({ status, what }) => `${status} ${what}`)
  }
  expect(found(`# mine\r\nPORT 3001\r\n\r\n${JWT}\r\nPORTT=1\r\nPORT`)).toEqual([
    'fail line 2 is not NAME=value',
    'fail line 4 is not NAME=value',
    'fail line 6 is not NAME=value',
    'fail nothing reads PORTT',
  ])
  const key = 'JWT_SIGNING_KEY="-----BEGIN\n# abc\n-----END" # mine'
  expect(found(`\uFEFF  # a "quote\nexport PORT = 1\n${key}\n\t\n#PORT`)).toEqual([])
})

it.each([
  ['PORT', 'PORT', 0],
  ['PORTT', 'PORT', 1],
  ['DATAKEY', 'DATA_KEYS', 2],
  ['', 'PORT', 4],
])('the edit distance from %s to %s is %d', (one, other, letters) => {
  expect([distanceBetween(one, other), distanceBetween(other, one)]).toEqual([letters, letters])
})

describe('SQLite', () => {
  const check = async (file: string) =>
    brief(await checkDatabase(contextOf({ DATABASE_URL: `file:${file}` })))
  const at = (name: string) => join(dir.path, name)

  it('one created by the server: intact, writable, migrated; the check changes nothing', async () => {
    const store = openSqliteStore(at('good.db'))
    await expect(check(at('good.db'))).resolves.toEqual([
      `ok ${at('good.db')} is sound and can be written`,
      expect.stringMatching(/^ok (\d+) of \1$/),
    ])
    await store.close()
  })

  it('not created yet; and a folder where none can be created', async () => {
    await expect(check('data/new.db')).resolves.toEqual([
      expect.stringMatching(/^ok .*first start makes it/),
    ])
    await expect(check(at('package.json/new.db'))).resolves.toEqual([
      expect.stringMatching(/^fail .*can't be made in/),
    ])
  })

  it('read-only, damaged, and none at all', async () => {
    const store = openSqliteStore(at('old.db'))
    await store.close()
    chmodSync(at('old.db'), 0o444)
    await expect(check(at('old.db'))).resolves.toEqual([
      expect.stringMatching(/^fail .*is read-only/),
    ])
    writeFileSync(at('text.db'), 'this is no database, it is a letter to somebody'.repeat(50))
    await expect(check(at('text.db'))).resolves.toEqual([
      expect.stringMatching(/^fail .*no sound database \(SQLITE_NOTADB\)/),
    ])
    mkdirSync(at('folder.db'))
    await expect(check(at('folder.db'))).resolves.toEqual([
      expect.stringMatching(/^fail .*no sound database/),
    ])
  })

  it('a schema newer than this program', async () => {
    const db = new Database(at('newer.db'))
    db.exec('CREATE TABLE t (x)')
    db.pragma('user_version = 900')
    db.close()
    await expect(check(at('newer.db'))).resolves.toEqual([
      expect.stringMatching(/^ok/),
      expect.stringMatching(/^fail .*has 900, this program knows \d+$/),
    ])
  })

  it('another process holds the write lock', async () => {
    const db = new Database(at('busy.db'))
    db.exec('CREATE TABLE t (x)')
    db.exec('BEGIN IMMEDIATE')
    await expect(check(at('busy.db'))).resolves.toEqual([
      expect.stringMatching(/^warn another process/),
    ])
    db.exec('ROLLBACK')
    db.close()
  })
})

describe('a database server that is down', () => {
  it.each([
    ['postgres://postgres@127.0.0.1:1/x', /ECONNREFUSED/, /Start the server/],
    ['mysql://root@127.0.0.1:1/x', /ECONNREFUSED/, /Start the server/],
    ['mysql://root:50%off@127.0.0.1:1/x', /a bare % in the URL/, /%25/],
  ])('%s', async (url, what, cure) => {
    const [finding] = await checkDatabase(contextOf({ DATABASE_URL: url }))
    expect([finding!.status, finding!.what, finding!.cure]).toEqual([
      'fail',
      expect.stringMatching(what),
      expect.stringMatching(cure),
    ])
  })
})

describe('Redis', () => {
  it('is not checked when unused, and reported when it is down', async () => {
    await expect(checkRedis('')).resolves.toEqual([])
    const [away] = await checkRedis('redis://127.0.0.1:1')
    expect(away).toMatchObject({ status: 'fail', what: expect.stringMatching(/ECONNREFUSED/) })
  })

  it.each(['/abc', '/-1', '/1.5'])('a database that is not a number: %s', async (path) => {
    const found = brief(await checkRedis(`redis://127.0.0.1:1${path}`))
    expect(found).toEqual([expect.stringMatching(/^fail .*is no number/)])
  })
})
