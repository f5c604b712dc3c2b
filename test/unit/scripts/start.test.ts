/** npm start: keys once and private, ports that are taken are named. */
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { findBffAddress } from '../../../scripts/start/bff-address'
import { bffEnv } from '../../../scripts/start/bff-env'
import { readDevKeys } from '../../../scripts/start/dev-keys'
import { assertPortsFree, explainPort, portFrom } from '../../../scripts/start/ports'
import { startStack } from '../../../scripts/start/stack'
import { parseConfig } from '../../../server/config'
import { makeTempDir } from '../../support/temp-dir'

const dir = makeTempDir()
afterAll(() => {
  dir.remove()
})

it('creates keys once, readable by the owner only, that the BFF accepts', () => {
  const file = join(dir.path, 'data', 'keys.env')
  const keys = readDevKeys(file)
  expect(readDevKeys(file)).toEqual(keys)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const app = { WECHAT_APPID: 'wx0123456789abcdef', WECHAT_APPSECRET: 'f00dfeedf00dfeed' }
  expect(parseConfig({ ...app, ...keys }).jwtSecrets).toHaveLength(1)
})

it('reports a folder where keys can not be stored, with advice', () => {
  const file = join(dir.path, 'data', 'keys.env', 'keys.env')
  expect(() => readDevKeys(file)).toThrow(
    `${file} can't be written (EEXIST). Let your user write there`,
  )
})

it('leaves no half file, and names the file that lacks a key', () => {
  const file = join(dir.path, 'half', 'keys.env')
  readDevKeys(file)
  expect(readdirSync(join(dir.path, 'half'))).toEqual(['keys.env'])
  writeFileSync(file, 'JWT_SECRETS=dev:x\n')
  const start = (env: NodeJS.ProcessEnv) => bffEnv(env, join(dir.path, 'half'), null)
  expect(() => start({})).toThrow(`${file} lacks DATA_KEYS. Restore the file, or delete it`)
  // What the environment sets is not asked of the file.
  expect(start({ DATA_KEYS: 'k1:x' })['DATA_KEYS']).toBe('k1:x')
})

const nowhere = () => ({
  dataDir: join(dir.path, 'never'),
  onLine: () => undefined,
  onProgress: (step: string) => {
    throw new Error(`It went on to ${step}.`)
  },
})

it('starts nothing with NODE_ENV=production when secrets are missing', async () => {
  const start = startStack({ env: { NODE_ENV: 'production' }, ...nowhere() })
  await expect(start).rejects.toThrow('Missing: WECHAT_APPSECRET, JWT_SECRETS, DATA_KEYS.')
})

it('names a taken port and the variable that changes it', async () => {
  const server = createTcpServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await expect(assertPortsFree([{ what: 'BFF', variable: 'PORT', port }])).rejects.toThrow(
    new RegExp(`Port ${port}, wanted by the BFF, is taken.*PORT=`),
  )
  server.close()
  expect(() => portFrom({ PORT: 'x' }, 'PORT', 1)).toThrow(/PORT must be a port/)
})

it.each([
  ['EADDRINUSE', 3000, /is taken\. Stop what listens there, .*: PORT=3010 npm start/],
  ['EACCES', 80, /^Port 80, wanted by the BFF, is closed to this user .*: PORT=8080 npm start/],
  ['EADDRNOTAVAIL', 3000, /can't be used \(EADDRNOTAVAIL\)/],
  ['EADDRINUSE', 65_530, /: PORT=65520 npm start/],
])('%s at %d: explains the error and proposes a valid port', (code, port, message) => {
  const wanted = { what: 'BFF', variable: 'PORT', port }
  expect(explainPort(code, wanted, 'npm start')).toMatch(message)
})

it('a port configured twice is not reported as used', async () => {
  const wanted = [
    { what: 'BFF', variable: 'PORT', port: 0 },
    { what: 'preview', variable: 'PREVIEW_PORT', port: 0 },
  ]
  await expect(assertPortsFree(wanted)).resolves.toBeUndefined()
  const same = wanted.map((one) => ({ ...one, port: 65_535 }))
  await expect(assertPortsFree(same)).rejects.toThrow(
    'PORT and PREVIEW_PORT are both 65535: the BFF and the preview need a port each, such as ' +
      'PREVIEW_PORT=65525.',
  )
})

it.each(['PREVIEW_PORT', 'METRICS_PORT'])(
  'starts nothing when PORT and %s are the same',
  async (variable) => {
    const start = startStack({
      env: { SANDBOX_PORT: '0', PREVIEW_PORT: '0', PORT: '61234', [variable]: '61234' },
      ...nowhere(),
    })
    await expect(start).rejects.toThrow(`PORT and ${variable} are both 61234`)
  },
)

it.each([
  ['http://0.0.0.0:3000', 'http://127.0.0.1:3000'],
  ['http://[::]:3000', 'http://[::1]:3000'],
  ['http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
])('a BFF that listens on %s is reached at %s', (listeningOn, url) => {
  expect(findBffAddress(listeningOn).url).toBe(url)
})

it('another HOST is a host that the preview may reach', () => {
  const bff = { url: 'http://192.168.1.20:3000', hosts: ['192.168.1.20'] }
  expect(findBffAddress(bff.url)).toEqual(bff)
})

const anyPorts = { SANDBOX_PORT: '0', PREVIEW_PORT: '0', PORT: '0' }

it('with HOST=0.0.0.0 the preview reaches the backend, also under the address for phones', async () => {
  const backend = createServer((_request, response) => response.end('"here"'))
  const stack = await startStack({
    ...nowhere(),
    env: anyPorts,
    miniprogram: 'test/support/fixtures/preview-app',
    onProgress: () => undefined,
    startBackend: async ({ port }) => {
      await new Promise<void>((resolve) => backend.listen(port, '0.0.0.0', resolve))
      const stop = () => Promise.resolve(void backend.close())
      return { url: `http://0.0.0.0:${port}`, pid: 0, exited: new Promise(() => undefined), stop }
    },
  })
  try {
    const { port } = backend.address() as AddressInfo
    const own = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses)
    const hosts = own.filter(({ family }) => family === 'IPv4').map(({ address }) => address)
    for (const target of [
      'http://127.0.0.1:3000',
      ...hosts.map((host) => `http://${host}:${port}`),
    ]) {
      const answer = await fetch(`${stack.previewUrl}/__preview/request/${target}/v1/me`, {
        headers: { 'x-preview': '1' },
      })
      expect([target, answer.status, await answer.text()]).toEqual([target, 200, '"here"'])
    }
    // Its bundle is being built; a build that is cut off prints the stacks of esbuild.
    await fetch(`${stack.previewUrl}/__preview/client.css`)
  } finally {
    await stack.stop()
  }
})
