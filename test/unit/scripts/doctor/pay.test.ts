/**
 * doctor's findings about payment: the certificate of the key, the connection to WeChat Pay, the
 * clock.
 */
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { checkPay } from '../../../../scripts/doctor/pay'
import { CERTIFICATE_DAYS, makeCertificate, makePair } from '../../../../scripts/sandbox/pay/keys'
import { makeTempDir } from '../../../support/temp-dir'

const dir = makeTempDir()
const writeCertificate = (name: string, serial: string): void => {
  const pair = makePair()
  writeFileSync(join(dir.path, `${name}_key.pem`), pair.privateKey)
  writeFileSync(join(dir.path, `${name}.pem`), makeCertificate(serial, pair))
}

const DAY_MS = 86_400_000
const SERIAL = '5A6DBC0000000001'
const server = createServer((req, res) => {
  res.sendDate = req.url !== '/without-a-date'
  res.end()
})
let url: string

beforeAll(async () => {
  writeCertificate('apiclient_cert', SERIAL)
  writeCertificate('other', '5A6DBC0000000002')
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
  dir.remove()
})

const look = (env: NodeJS.ProcessEnv, offsetMs = 0, online = true) =>
  checkPay({
    root: dir.path,
    env: { PAY_MCHID: '1900000001', PAY_API_BASE: url, ...env },
    nodeVersion: '22.0.0',
    now: () => Date.now() + offsetMs,
    online,
  })
const own = { PAY_PRIVATE_KEY_FILE: 'apiclient_cert_key.pem', PAY_SERIAL: SERIAL }

it('reports nothing without payment', async () => {
  expect(await look({ PAY_MCHID: undefined })).toEqual([])
})

it('reports no error when key, serial, clock and network are right', async () => {
  expect((await look(own)).map(({ status }) => status)).toEqual(['ok', 'ok'])
})

it.each([
  ['a serial of another certificate', { ...own, PAY_SERIAL: '5A6DBC0000000009' }, 'PAY_SERIAL'],
  [
    'a key of another certificate',
    { ...own, PAY_PRIVATE_KEY_FILE: 'other_key.pem' },
    'PAY_PRIVATE_KEY',
  ],
])('finds %s', async (_name, env, subject) => {
  const [finding] = await look(env)
  expect(finding).toMatchObject({ status: 'fail', subject })
})

it('finds a certificate that expires soon, a wrong clock, and a blocked connection', async () => {
  const soon = await look(own, (CERTIFICATE_DAYS - 15) * DAY_MS, false)
  expect(soon).toMatchObject([{ status: 'warn', subject: 'PAY_SERIAL' }])
  const ended = await look(own, (CERTIFICATE_DAYS + 1) * DAY_MS, false)
  expect(ended).toMatchObject([{ status: 'fail', subject: 'PAY_SERIAL' }])
  expect(await look({}, 360_000)).toMatchObject([{ status: 'fail', subject: 'clock' }])
  const closed = await look({ PAY_API_BASE: 'http://127.0.0.1:1' })
  expect(closed).toMatchObject([{ status: 'fail', subject: 'WeChat Pay' }])
  const [undated] = await look({ PAY_API_BASE: `${url}/without-a-date` })
  expect(undated).toMatchObject({ status: 'ok', what: 'answers, without its time' })
})

it('finds a key file that contains no key', async () => {
  writeFileSync(join(dir.path, 'no_key.pem'), 'nothing')
  const [finding] = await look({ ...own, PAY_PRIVATE_KEY_FILE: 'no_key.pem' })
  expect(finding).toMatchObject({ status: 'fail', subject: 'PAY_PRIVATE_KEY' })
})
