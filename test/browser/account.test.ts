/** What a user can do on 我的: bind a phone number, log out, delete the account. */
import { describeInBrowser } from '../support/browser'
import { startPhone } from '../support/phone'
import type { Phone } from '../support/phone'
import { until } from '../support/until'

const RUN_WITHIN_MS = 180_000

jest.setTimeout(RUN_WITHIN_MS)

describeInBrowser('我的', () => {
  let phone: Phone
  beforeEach(async () => {
    phone = await startPhone()
    await phone.open()
    await phone.see('用户编号')
    await phone.tap('我的')
    await phone.see('本机')
  })
  afterEach(() => phone.close())

  it('binds the phone number, shows it masked and stores it encrypted', async () => {
    await phone.button('绑定').click()
    await phone.page.getByTestId('consent-allow').click()
    await phone.see(/\d{3}\*{6}\d{2}/)
    const [row] = phone.stack.rows<{ phone_sealed: string }>('SELECT phone_sealed FROM identities')
    expect(row?.phone_sealed).toMatch(/^dev\./)
    expect(phone.problems).toEqual([])
  })

  it('lists each device by name and ends the session of another one', async () => {
    await phone.see('iPhone · 微信 8.0.50')
    // The same person on a new phone with empty storage.
    await phone.page.evaluate(() => localStorage.clear())
    await phone.open('?platform=android')
    await phone.tap('我的')
    await phone.see('Android · 微信 8.0.50')
    expect(phone.stack.rows('SELECT id FROM sessions')).toHaveLength(2)
    await phone.button('退出该设备').click()
    await phone.screen().locator('#confirm-yes').click()
    await phone.see('那台设备已退出')
    expect(phone.stack.rows('SELECT device FROM sessions')).toEqual([
      { device: 'Android · 微信 8.0.50' },
    ])
    expect(phone.problems).toEqual([])
  })

  it('logs out on the server too, and stays logged out until the user logs in again', async () => {
    await phone.button('退出登录').click()
    await phone.see('已退出登录')
    // Immediately on the phone; on the server once the request arrives.
    await until(() => phone.stack.rows('SELECT id FROM sessions').length === 0)
    await phone.open()
    await phone.see('已退出登录')
    expect(await phone.logins()).toBe(1)
    await phone.button('重新登录').click()
    await phone.see('用户编号')
    expect(phone.stack.rows('SELECT id FROM users')).toHaveLength(1)
  })

  it('deletes the account after a confirmation and leaves no row', async () => {
    await phone.tap('注销账号')
    await phone.button('确认注销').click()
    await phone.see('账号已注销')
    for (const table of ['users', 'identities', 'sessions']) {
      expect(phone.stack.rows(`SELECT * FROM ${table}`)).toEqual([])
    }
  })
})
