/**
 * Status 401 causes a login whatever its body is: empty, a gateway's page, another service's JSON.
 */
import { refuse } from '../../../support/fake-wx-server'
import { countOf, fail, get, isOurs, launch, script } from './kit'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

interface Echo {
  asked: string
  token: string
}

const foreign401s = [
  { status: 401, text: '' },
  { status: 401, text: '<html>401 Authorization Required</html>' },
  { status: 401, text: '{}' },
  { status: 401, text: '{"timestamp":1,"status":401,"error":"Unauthorized"}' },
  { status: 401, text: '{"errno":' },
]

it.each(foreign401s)('logs in again and replays: $text', async (fault) => {
  const { auth, wx, server } = launch()
  await get(auth.ready())
  script(server, 'POST /v1/x', fault)
  const { asked, token } = await get(auth.request<Echo>({ path: '/v1/x', method: 'POST' }))
  expect([asked, token]).toEqual(['/v1/x', 'token-2'])
  expect([wx.loginsAtMs.length, countOf(wx, 'POST /v1/x')]).toEqual([2, 2])
})

it.each(foreign401s)('rejects after the second: $text', async (fault) => {
  const { auth, wx, server } = launch()
  await get(auth.ready())
  script(server, 'GET /v1/x', fault, fault, fault)
  const error = await fail(auth.request({ path: '/v1/x' }))
  expect(error).toMatchObject({ status: 401, ...(isOurs() && { kind: 'protocol' }) })
  expect([wx.loginsAtMs.length, countOf(wx, 'GET /v1/x')]).toEqual([2, 2])
})

it('replays an upload as well', async () => {
  const { auth, wx, server } = launch()
  await get(auth.ready())
  script(server, 'POST /v1/files', { status: 401, text: '' })
  await get(auth.upload({ path: '/v1/files', filePath: 'f', name: 'n' }))
  expect([wx.loginsAtMs.length, countOf(wx, 'POST /v1/files')]).toEqual([2, 2])
})

it('asks for another tap if it was the answer to encrypted data', async () => {
  const { auth, wx, server } = launch()
  await get(auth.ready())
  script(server, 'POST /v1/me/phone', { status: 401, text: '' })
  const { encryptedData, iv } = wx.seal()
  const error = await fail(auth.phone.fromButton({ encryptedData, iv }))
  expect(error).toMatchObject({ kind: 'api', code: 'SESSION_KEY_STALE' })
  expect([wx.loginsAtMs.length, countOf(wx, 'POST /v1/me/phone')]).toEqual([2, 1])
})

it('does not cause a second try of a login', async () => {
  const { auth, server } = launch()
  script(server, 'POST /v1/login', refuse(401, 'TOKEN_MISSING'), 'serve')
  await fail(auth.login(), 1000)
  expect(server.codes).toHaveLength(1)
})
