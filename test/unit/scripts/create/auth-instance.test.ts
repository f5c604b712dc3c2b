/**
 * A generated native project starts on every base library and never calls a developer's computer by
 * mistake.
 */
import { join } from 'node:path'

const TEMPLATE = join(
  __dirname,
  '../../../../scripts/create/templates/native-own/miniprogram/auth-instance',
)
const released = 'https://change-me.example.com'

it.each<[string, object, string]>([
  ['2.2.1', {}, released],
  ['2.9.5', { getAccountInfoSync: () => ({ miniProgram: { appId: 'wx1' } }) }, released],
  [
    '3.0.0 in DevTools',
    { getAccountInfoSync: () => ({ miniProgram: { envVersion: 'develop' } }) },
    'http://127.0.0.1:3000',
  ],
])('on base library %s', (_version, wx, baseUrl) => {
  Object.assign(globalThis, { wx })
  const createAuth = jest.fn()
  jest.resetModules()
  jest.doMock(join(TEMPLATE, '../auth/index'), () => ({ createAuth }), { virtual: true })
  jest.requireActual(TEMPLATE)
  expect(createAuth.mock.calls).toEqual([[{ baseUrl }]])
})
