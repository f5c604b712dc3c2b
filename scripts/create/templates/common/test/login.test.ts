/** Tests the mini-program's own login against the real backend, with a stand-in for WeChat. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startLocal } from 'wechat-login-tools'

type Project = typeof import('__AUTH__')

let local: Awaited<ReturnType<typeof startLocal>>
let auth: Project['auth']

before(async () => {
  local = await startLocal(__BACKEND__)
  // Import it late: it reads the global wx, which startLocal installs.
  auth = (require('__AUTH__') as Project).auth
})
after(() => local.close())

const askFive = () => Promise.all([1, 2, 3, 4, 5].map(() => auth.request({ path: '/v1/me' })))

test('five pages that open at once share one login', async () => {
  const users = await Promise.all([1, 2, 3, 4, 5].map(() => auth.ready()))
  assert.equal(await local.countLogins(), 1)
  assert.equal(new Set(users.map(({ id }) => id)).size, 1)
  assert.equal(auth.state, 'signed-in')
})

test('a token that the server has forgotten is renewed once for five requests', async () => {
  // Without telling the library, so that all five requests get a 401.
  await auth.request({ path: '/v1/logout', method: 'POST' })
  assert.equal((await askFive()).length, 5)
  assert.equal(await local.countLogins(), 2)
})

test('after a log-out no login happens until the user asks for one', async () => {
  await auth.logout()
  await assert.rejects(auth.request({ path: '/v1/me' }), { kind: 'signed-out' })
  assert.equal(await local.countLogins(), 2)
  await auth.login()
  assert.equal(await local.countLogins(), 3)
})
