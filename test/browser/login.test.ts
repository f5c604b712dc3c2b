/**
 * Login, avatar and nickname in every way that WeChat has offered; walk.test.ts covers the
 * simplest.
 */
import { describeInBrowser } from '../support/browser'
import { startPhone } from '../support/phone'
import type { Phone } from '../support/phone'
import { until } from '../support/until'

const RUN_WITHIN_MS = 180_000
/** A base library whose getUserProfile still returns real data. */
const OLD_SDK = '?sdk=2.16.0'

interface UserRow {
  nickname: string | null
  avatar_url: string | null
  avatar_name: string | null
}

jest.setTimeout(RUN_WITHIN_MS)

describeInBrowser('the first tap', () => {
  let phone: Phone
  beforeEach(async () => {
    phone = await startPhone()
  })
  afterEach(() => phone.close())

  const users = () => phone.stack.rows<UserRow>('SELECT * FROM users')
  const askForProfile = async (query: string) => {
    await phone.open(query)
    await phone.see('用户编号')
    await phone.button('获取头像昵称').click()
  }
  /** The URL of the shown avatar, once the browser has loaded it. */
  const shownPicture = async () => {
    const picture = phone.screen().locator('wx-image img:not([src=""])').first()
    await until(() =>
      picture.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth > 0),
    )
    return picture.getAttribute('src')
  }

  it('stays usable after 拒绝, says so in Chinese, and asks again on the next tap', async () => {
    await askForProfile(OLD_SDK)
    await phone.page.getByTestId('consent-deny').click()
    await phone.see(/你已拒绝/)
    expect(users()).toMatchObject([{ nickname: null }])
    await phone.button('获取头像昵称').click()
    await phone.page.getByTestId('consent-allow').click()
    await phone.see('alice')
  })

  it('asks for consent first and then shows the form, on the current base library', async () => {
    await askForProfile('')
    await phone.button('允许').click()
    await phone.screen().locator('#choose-avatar').click()
    await phone.page.getByTestId('avatar-wechat').click()
    await phone.screen().locator('wx-input input').fill('小红')
    await phone.button('保存').click()
    await phone.see('已保存')
    expect(users()).toMatchObject([
      { nickname: '小红', avatar_name: expect.stringMatching(/^[0-9a-f]{32}\.webp$/) },
    ])
    await phone.page.reload()
    await phone.see('小红')
    expect(await shownPicture()).toMatch(/\/v1\/avatars\/[0-9a-f]{32}\.webp$/)
    expect(await phone.logins()).toBe(1)
    expect(phone.problems).toEqual([])
  })

  it('keeps the keyboard focus inside a sheet and then returns it to the button that opened it', async () => {
    await phone.open()
    await phone.see('用户编号')
    const focused = () => phone.page.evaluate(() => document.activeElement?.outerHTML ?? '')
    await phone.button('获取头像昵称').press('Enter')
    await phone.button('拒绝').waitFor()
    await until(async () => (await focused()).includes('aria-modal'))
    await phone.page.keyboard.press('Tab')
    expect(await focused()).toContain('拒绝')
    await phone.page.keyboard.press('Enter')
    await until(async () => (await focused()).includes('id="get-profile"'))
    expect(await phone.screen().locator('[aria-modal]').count()).toBe(0)
  })

  it('shows the contract above the consent sheet and closes it again', async () => {
    await askForProfile('?privacy=needed')
    await phone.screen().getByText('《').click()
    await phone.page.getByTestId('document-close').click()
    await phone.button('允许').click()
    await phone.screen().locator('#choose-avatar').waitFor()
    expect(phone.problems).toEqual([])
  })

  it('ignores the anonymous answer of open-type="getUserInfo" and offers the form', async () => {
    await askForProfile('?sdk=2.9.0')
    await phone.see('填写头像昵称')
    expect(users()).toMatchObject([{ nickname: null, avatar_url: null }])
    await phone.see('当前微信版本不支持选择头像，可以先填写昵称')
    await phone.screen().locator('wx-input input').fill('小兰')
    await phone.button('保存').click()
    await phone.see('已保存')
    expect(users()).toMatchObject([{ nickname: '小兰', avatar_url: null, avatar_name: null }])
    expect(phone.problems).toEqual([])
  })

  it('does not log in again after a reload', async () => {
    await phone.open(OLD_SDK)
    await phone.see('用户编号')
    expect(await phone.logins()).toBe(1)
    await askForProfile(OLD_SDK)
    await phone.page.getByTestId('consent-allow').click()
    await phone.see('alice')
    expect(await phone.logins()).toBe(1)
    expect(phone.stack.rows('SELECT id FROM sessions')).toHaveLength(1)
  })

  it('keeps two persons on one device separate', async () => {
    await askForProfile(`${OLD_SDK}&user=alice&consent=allow`)
    await phone.see('alice')
    await askForProfile(`${OLD_SDK}&user=bob&consent=allow`)
    await phone.see('bob')
    await phone.open(`${OLD_SDK}&user=alice`)
    await phone.see('alice')
    expect(
      users()
        .map(({ nickname }) => nickname)
        .sort(),
    ).toEqual(['alice', 'bob'])
    expect(await phone.logins()).toBe(2)
  })
})
