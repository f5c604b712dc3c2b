/**
 * One tap on 获取头像昵称 ends as a row in SQLite: the true mini-program in a real browser, the BFF as a
 * process of its own, the sandbox as WeChat.
 */
import { describeInBrowser } from '../support/browser'
import { startPhone } from '../support/phone'
import type { Phone } from '../support/phone'
import { until } from '../support/until'

const RUN_WITHIN_MS = 60_000
/** A base library whose getUserProfile still answers real data. */
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

  it('logs in silently, asks, and stores avatar and nickname when allowed', async () => {
    await askForProfile(OLD_SDK)
    expect(users()).toMatchObject([{ nickname: null }])
    await phone.page.getByTestId('consent-allow').click()
    await phone.see('alice')
    expect(users()).toMatchObject([
      { nickname: 'alice', avatar_url: expect.stringMatching(/^https:\/\//) },
    ])
    expect(phone.problems).toEqual([])
  })

  it('stays usable after 拒绝, says so in Chinese, and asks again on the next tap', async () => {
    await askForProfile(OLD_SDK)
    await phone.page.getByTestId('consent-deny').click()
    await phone.see(/你已拒绝/)
    expect(users()).toMatchObject([{ nickname: null }])
    await phone.button('获取头像昵称').click()
    await phone.page.getByTestId('consent-allow').click()
    await phone.see('alice')
  })

  it('asks first and then lets the person fill in, on today’s base library', async () => {
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
    expect(phone.problems).toEqual([])
  })

  it('takes nothing from the anonymous answer of open-type="getUserInfo"', async () => {
    await askForProfile('?sdk=2.9.0&consent=allow')
    await phone.see(/微信|昵称/)
    expect(users()).toMatchObject([{ nickname: null, avatar_url: null }])
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

  it('never mixes two persons on one device', async () => {
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

describeInBrowser('trouble', () => {
  let phone: Phone
  beforeEach(async () => {
    phone = await startPhone()
  })
  afterEach(() => phone.close())

  const faults = (method: 'POST' | 'DELETE', body?: object) =>
    fetch(`${phone.stack.sandboxUrl ?? ''}/__sandbox/faults`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })

  it('says in Chinese that the service can not be reached, and 重试 helps once it is back', async () => {
    await phone.page.route('**/__preview/request/**', (route) => route.abort())
    await phone.open()
    await phone.see(/网络|连不上/)
    await phone.page.unroute('**/__preview/request/**')
    await phone.button('重试').click()
    await phone.see('用户编号')
  })

  it('says so when WeChat is down, and logs in when it is back', async () => {
    await faults('POST', { path: '/sns/jscode2session', mode: 'status', status: 502 })
    await phone.open()
    await phone.see(/连不上/)
    await faults('DELETE')
    await phone.button('重试').click()
    await phone.see('用户编号')
  })

  it('waits offline, and goes on by itself when the network is back', async () => {
    await phone.open('?network=offline')
    await phone.page.getByTestId('control-network-offline').click()
    await phone.see(/网络/)
    await phone.page.getByTestId('control-network-normal').click()
    await phone.see('用户编号')
  })

  it('renews a revoked token with one login, while several requests fly', async () => {
    await phone.open()
    await phone.see('用户编号')
    await phone.tap('我的')
    await phone.see('本机')
    await phone.page.getByTestId('break-token').click()
    await until(() => phone.stack.rows('SELECT id FROM sessions').length === 0)
    await phone.open()
    await phone.tap('我的')
    await phone.see('本机')
    expect(await phone.logins()).toBe(2)
    expect(phone.stack.rows('SELECT id FROM users')).toHaveLength(1)
  })

  it('renews an expired session_key, so that sealed data opens again', async () => {
    await phone.open(OLD_SDK)
    await phone.see('用户编号')
    await phone.page.getByTestId('break-session-key').click()
    await phone.page.getByText('session_key 已过期').waitFor()
    await phone.open(`${OLD_SDK}&consent=allow`)
    await until(async () => (await phone.logins()) === 2)
    await phone.button('获取头像昵称').click()
    await phone.see('alice')
  })
})
