/** Failures on a phone, and how the mini-program recovers without a restart. */
import { describeInBrowser } from '../support/browser'
import { startPhone } from '../support/phone'
import type { Phone } from '../support/phone'
import { until } from '../support/until'

const RUN_WITHIN_MS = 180_000
/** A base library whose getUserProfile still returns real data, encrypted with the session_key. */
const OLD_SDK = '?sdk=2.16.0'

jest.setTimeout(RUN_WITHIN_MS)

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
  /** How many requests to /v1/me the BFF answered with this status. */
  const answered = (status: number) => {
    const lines = phone.stack.lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    return lines.filter((line) => line['route'] === '/v1/me' && line['status'] === status).length
  }

  it('says in Chinese that the service is unreachable, and recovers by 重试', async () => {
    await phone.page.route('**/__preview/request/**', (route) => route.abort())
    await phone.open()
    await phone.see(/网络|连不上/)
    await phone.page.unroute('**/__preview/request/**')
    await phone.button('重试').click()
    await phone.see('用户编号')
  })

  it('says that WeChat is down, and logs in when it is back', async () => {
    await faults('POST', { path: '/sns/jscode2session', mode: 'status', status: 502 })
    await phone.open()
    await phone.see(/连不上/)
    await faults('DELETE')
    await phone.button('重试').click()
    await phone.see('用户编号')
  })

  it('waits while offline, and continues by itself when the network is back', async () => {
    await phone.open('?network=offline')
    await phone.see('网络已断开')
    expect(await phone.logins()).toBe(0)
    await phone.page.getByTestId('control-network-normal').click()
    await phone.see('用户编号')
    expect(await phone.logins()).toBe(1)
    expect(phone.problems).toEqual([])
  })

  it('answers five requests with a revoked token after one login', async () => {
    await phone.open()
    await phone.see('用户编号')
    await phone.tap('实验室')
    await phone.button('撤销会话再请求').click()
    await phone.see('都成功')
    // The BFF's log lines arrive through a pipe of their own.
    await until(() => answered(200) >= 5)
    expect([answered(401), answered(200)]).toEqual([5, 5])
    expect(await phone.logins()).toBe(2)
    expect(phone.stack.rows('SELECT id FROM users')).toHaveLength(1)
    expect(phone.problems).toEqual([])
  })

  it('uses the token in a download, a stream and a third-party SDK', async () => {
    await phone.open()
    await phone.see('用户编号')
    await phone.tap('实验室')
    await phone.button('下载我的数据').click()
    await phone.see('临时路径')
    await phone.button('用流接收').click()
    await phone.see(/\d+ 个字符/)
    await phone.button('撤销会话再调用 SDK').click()
    await phone.see('SDK 被调用次数')
    expect(await phone.logins()).toBe(2)
    expect(phone.problems).toEqual([])
  })

  it('replaces a token that was revoked between two visits, without the user noticing', async () => {
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

  it('renews an expired session_key, so that encrypted data opens again', async () => {
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
