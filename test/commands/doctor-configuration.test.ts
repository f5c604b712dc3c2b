/** npm run doctor asks the server itself whether it would accept the environment. */
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
    [/^fail the 1st secret is a placeholder/],
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
    'a wrong port and a wrong level',
    { PORT: '99999', LOG_LEVEL: 'loud' },
    [/0 to 65535/, /pino level/],
  ],
])('the server’s own judgement: %s', async (_name, env, expected) => {
  const { PATH, HOME } = process.env
  const found = brief(await checkConfiguration(contextOf({ PATH, HOME, ...env })))
  const wanted: unknown[] = expected.map((text) =>
    typeof text === 'string' ? text : (expect.stringMatching(text) as unknown),
  )
  expect(found).toEqual(wanted)
})
