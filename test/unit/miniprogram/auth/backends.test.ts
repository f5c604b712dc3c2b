/** The ready-made dialects by themselves: what they send at login, and which answers they refuse. */
import * as backends from '../../../../miniprogram/auth/backends'
import { callFunction } from '../../../../miniprogram/auth/cloud'
import { createAuth } from '../../../../miniprogram/auth/index'

const dialects = Object.entries(backends)

describe('a field of `extra`', () => {
  it.each(dialects)('never replaces the login code of %s', (_name, backend) => {
    const { data } = backend.login('the-code', { code: 'invite-7', channel: 'poster' })
    expect(data).toMatchObject({ code: 'the-code', channel: 'poster' })
  })

  it('never replaces the profile that litemall demands', () => {
    const { data } = backends.litemall.login('the-code', { userInfo: null })
    expect(data).toMatchObject({ userInfo: { nickName: '微信用户' } })
  })
})

it.each(dialects)('%s refuses the result of a 云函数 that is no answer', async (_name, backend) => {
  const cloud = {
    init: () => undefined,
    callFunction: ({ success }: { success(reply: object): void }) => success({ result: 'garbage' }),
  }
  Object.assign(globalThis, { wx: { cloud } })
  const auth = createAuth({ carry: callFunction({ env: 'prod-1', name: 'bff' }), backend })
  await expect(auth.request({ path: '/v1/x', auth: false })).rejects.toMatchObject({
    kind: 'protocol',
  })
})
