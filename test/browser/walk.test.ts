/**
 * From one tap on 获取头像昵称 to a row in SQLite: the real mini-program in a real browser, the BFF as
 * its own process, the sandbox as WeChat. The only browser test of `npm test`.
 */
import { SOURCES } from '../../scripts/start/bff-process'
import { describeInBrowser } from '../support/browser'
import { startPhone } from '../support/phone'
import type { Phone } from '../support/phone'

const RUN_WITHIN_MS = 180_000
/** A base library whose getUserProfile still returns real data. */
const OLD_SDK = '?sdk=2.16.0'

jest.setTimeout(RUN_WITHIN_MS)

describeInBrowser('the walk', () => {
  let phone: Phone
  beforeAll(async () => {
    phone = await startPhone({}, SOURCES)
  })
  afterAll(() => phone.close())

  const users = () => phone.stack.rows('SELECT nickname, avatar_url FROM users')

  it('logs in silently, asks for consent, and stores avatar and nickname', async () => {
    await phone.open(OLD_SDK)
    await phone.see('用户编号')
    expect(users()).toEqual([{ nickname: null, avatar_url: null }])
    await phone.button('获取头像昵称').click()
    await phone.page.getByTestId('consent-allow').click()
    await phone.see('alice')
    expect(users()).toEqual([
      { nickname: 'alice', avatar_url: expect.stringMatching(/^https:\/\//) },
    ])
    expect(phone.problems).toEqual([])
  })
})
