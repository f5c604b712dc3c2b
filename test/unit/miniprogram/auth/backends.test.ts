/** The ready-made dialects by themselves and what they send at login. */
import * as backends from '../../../../miniprogram/auth/backends'

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
