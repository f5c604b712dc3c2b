/** The web feature's environment variables. */
import { parseWebSettings } from '../../../../server/web/config'

function faultsOf(env: NodeJS.ProcessEnv): string[] {
  const faults: string[] = []
  parseWebSettings(env, (name, message) => faults.push(`${name}: ${message}`))
  return faults
}

it('are all optional', () => {
  expect(faultsOf({})).toEqual([])
  expect(parseWebSettings({}, () => undefined)).toEqual({
    origins: [],
    verifyFiles: {},
    openBase: 'https://open.weixin.qq.com',
  })
})

it('accept the sandbox outside production only', () => {
  const sandbox = { WECHAT_OPEN_BASE: 'http://127.0.0.1:7800' }
  expect(faultsOf(sandbox)).toEqual([])
  for (const WECHAT_OPEN_BASE of [sandbox.WECHAT_OPEN_BASE, 'HTTP://127.0.0.1', ' http://[::1]']) {
    expect(faultsOf({ WECHAT_OPEN_BASE, NODE_ENV: 'production' })).toEqual([
      'WECHAT_OPEN_BASE: the sandbox is refused with NODE_ENV=production',
    ])
  }
})

it.each([
  ['WEB_ORIGINS', 'https://a.example'],
  ['WEB_VERIFY_FILES', '{"MP_verify_a.txt":"a"}'],
])('%s is reported as having no effect without PUBLIC_URL', (name, value) => {
  expect(faultsOf({ [name]: value })).toEqual([
    `${name}: has no effect without PUBLIC_URL, which turns web login on: set it, too`,
  ])
  expect(faultsOf({ [name]: value, PUBLIC_URL: 'https://api.example.com' })).toEqual([])
})

it.each([
  ['WEB_ORIGINS', ''],
  ['WEB_ORIGINS', 'https://a.example,'],
  ['WEB_ORIGINS', 'https://a.example/path'],
  ['WEB_ORIGINS', 'http://a.example'],
  ['WEB_VERIFY_FILES', ''],
  ['WEB_VERIFY_FILES', '{"../x.txt":"x"}'],
  ['WEB_VERIFY_FILES', '{"MP_verify_a.txt":"<script>"}'],
  ['WECHAT_OPEN_BASE', 'http://open.example'],
])('%s refuses %j', (name, value) => {
  const [fault = ''] = faultsOf({ [name]: value })
  expect(fault).toMatch(new RegExp(String.raw`^${name}(\[\d\])?: `))
})
