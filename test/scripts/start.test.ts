/** npm start: keys once and private, ports that are taken are named. */
import { statSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { readDevKeys } from '../../scripts/start/dev-keys'
import { assertPortsFree, portFrom } from '../../scripts/start/ports'
import { parseConfig } from '../../server/config'
import { makeTempDir } from '../support/temp-dir'

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
