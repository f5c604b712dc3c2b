/** npm run doctor asks the server itself whether it accepts the environment. */
import { generateKeyPairSync } from 'node:crypto'
import { checkConfiguration } from '../../scripts/doctor/configuration'
import type { DoctorContext } from '../../scripts/doctor/context'
import type { Finding } from '../../scripts/doctor/finding'
import { makeTempDir } from '../support/temp-dir'

const JWT = 'Xk3vN8qLw2ZrT7yB5mHc9PdFgJsAe4Uo'
const dir = makeTempDir()
afterAll(() => {
  dir.remove()
})

const contextOf = (env: NodeJS.ProcessEnv): DoctorContext => ({
  root: dir.path,
  env,
  nodeVersion: process.versions.node,
  now: Date.now,
  online: false,
})
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const PAYMENT = {
  PAY_MCHID: '1900000001',
  PAY_SERIAL: '5A6DBC0000000001',
  PAY_PRIVATE_KEY: rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  PAY_API_V3_KEY: 'a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb',
  PAY_PUBLIC_KEYS: JSON.stringify({
    PUB_KEY_ID_01: rsa.publicKey.export({ type: 'spki', format: 'pem' }),
  }),
  PAY_NOTIFY_URL: 'https://api.example.com/v1/pay',
  PAY_CATALOGUE: 'scripts/start/catalogue.json',
}
/** Typical mistakes: each variable has a different one. */
const WRONG_PAYMENT = {
  PAY_MCHID: 'my shop',
  PAY_SERIAL: 'apiclient_cert.pem',
  PAY_PRIVATE_KEY: PAYMENT.PAY_PRIVATE_KEY.slice(0, 200),
  PAY_API_V3_KEY: 'a-key-of-thirty-one-characters-',
  PAY_PUBLIC_KEYS: '{"PUB_KEY_ID_01":"./nowhere.pem"}',
  PAY_NOTIFY_URL: 'https://api.example.com/v1/pay?shop=1',
  PAY_CATALOGUE: './nowhere.json',
  PAY_ADMIN_TOKEN: 'secret',
}

const brief = (findings: Finding[]) => findings.map(({ status, what }) => `${status} ${what}`)

it.each([
  ['nothing at all, as in a fresh clone', {}, ['ok the server accepts every variable']],
  [
    'an empty AppSecret, for which npm start has the sandbox',
    { WECHAT_APPID: 'wx0123456789abcdef', WECHAT_APPSECRET: '' },
    ['ok the server accepts every variable'],
  ],
  [
    'a placeholder',
    { JWT_SECRETS: 'k1:please-change-me-0123456789-abcdefghij' },
    [/^fail secret 1 is a placeholder/],
  ],
  [
    'short keys',
    { JWT_SECRETS: 'k1:short', DATA_KEYS: 'k1:c2hvcnQ=' },
    [/at least 32 bytes/, /base64 of 32 bytes/],
  ],
  ['one secret under two names', { JWT_SECRETS: `a:${JWT},b:${JWT}` }, [/holds a value twice/]],
  [
    'production without anything',
    { NODE_ENV: 'production' },
    [/is missing/, /is missing/, /is missing/, /is missing/],
  ],
  [
    'payment',
    WRONG_PAYMENT,
    [
      /merchant number/,
      /serial of the merchant/,
      /exactly 32 ASCII/,
      /^fail entry 1 names a file that this user cannot read/,
      /without a query/,
      /^fail names a file that this user cannot read/,
      /32 to 256/,
      /private key in PEM/,
    ],
  ],
  ['a public key of WeChat that is the merchant’s own', PAYMENT, [/holds the merchant's own key/]],
  [
    'a wrong port and a wrong level',
    { PORT: '99999', LOG_LEVEL: 'loud' },
    [/0 to 65535/, /pino level/],
  ],
])('reports the server’s own error: %s', async (_name, env, expected) => {
  const { PATH, HOME } = process.env
  const found = brief(await checkConfiguration(contextOf({ PATH, HOME, ...env })))
  const wanted: unknown[] = expected.map((text) =>
    typeof text === 'string' ? text : (expect.stringMatching(text) as unknown),
  )
  expect(found).toEqual(wanted)
})
