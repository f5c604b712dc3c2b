/** doctor's findings about WeChat's cloud. */
import { checkCloud } from '../../../../scripts/doctor/cloud'

const look = (env: NodeJS.ProcessEnv) =>
  checkCloud({ root: '/', env, nodeVersion: '22.0.0', now: Date.now, online: false }).map(
    ({ status, what }) => `${status}: ${what}`,
  )

const trusting = { TRUST_CLOUD_HEADERS: 'true' }
const kept = { DATABASE_URL: 'mysql://bff:pw@10.0.0.3:3306/bff' }

it('reports nothing if the headers are not trusted', () => {
  expect(look({ TRUST_CLOUD_HEADERS: 'false' })).toEqual([])
})

it.each([{}, { DATABASE_URL: 'file:./data/app.db' }])(
  'warns of a file in a container: %j',
  (env) => {
    expect(look({ ...trusting, ...env, CONTENT_CHECK: 'off' })).toEqual([
      'warn: a container loses its SQLite file with each release',
    ])
  },
)

it('warns of checks that need an AppSecret', () => {
  const warning = 'warn: nicknames can not be checked without an AppSecret'
  expect(look({ ...trusting, ...kept })).toEqual([warning])
  for (const env of [{ CONTENT_CHECK: 'off' }, { WECHAT_APPSECRET: 'x' }, { WECHAT_APPS: '[]' }])
    expect(look({ ...trusting, ...kept, ...env })).toEqual(['ok: its headers say who calls'])
})
