/** The panels around the phone: controls, the sequence diagram, and the masking of secrets. */
import { describePreview } from './stage'
import { wechatCalls, wechatFaults } from './servers'

describePreview('the panels of the preview', (stage) => {
  const control = (name: string) => stage.page.getByTestId(`control-${name}`)
  const calls = () => stage.page.getByTestId('sequence-call')
  const asked = (url: string) => stage.sandbox.received.filter((call) => call.url === url)

  beforeEach(() => {
    wechatCalls.splice(0)
    wechatFaults.splice(0)
    stage.sandbox.received.splice(0)
    stage.bff.received.splice(0)
  })

  test('changing the person or base library restarts the mini-program; the choice is remembered', async () => {
    await stage.open()
    await control('user-bob').click()
    await stage.page.waitForURL(/user=bob/)
    await stage.tap('login')
    await stage.said('code-of-bob')
    await control('sdk').selectOption('2.9.0')
    await stage.page.waitForFunction(() => typeof wx !== 'undefined' && !('getAppBaseInfo' in wx))
    await stage.open()
    await stage.tap('login')
    await stage.said('code-of-bob')
  })

  test('a new person is added by name, a bad name is refused', async () => {
    await stage.open()
    await control('user-new').fill('no/slash')
    await control('user-new').press('Enter')
    await control('user-new').fill('zoe')
    await control('user-new').press('Enter')
    await stage.page.waitForURL(/user=zoe/)
    await control('user-zoe').waitFor()
    expect(await stage.page.getByText('no/slash').count()).toBe(0)
  })

  test('a name must follow the sandbox’s rule; a refused one gets a message', async () => {
    await stage.open()
    const field = control('user-new')
    const isRefused = () => field.evaluate((input) => input.matches(':focus:invalid'))
    await field.fill('小/明')
    await field.press('Enter')
    expect(await isRefused()).toBe(true)
    await field.fill('小 明?')
    // The Enter that confirms a word of the input method.
    await field.dispatchEvent('keydown', { key: 'Enter', isComposing: true })
    expect(new URL(stage.page.url()).searchParams.get('user')).toBeNull()
    await field.press('Enter')
    await stage.page.waitForURL((url) => url.searchParams.get('user') === '小 明?')
    await control('user-小 明?').waitFor()
    await stage.tap('login')
    await stage.said('login:ok code-of-小 明?;')
    await stage.page.getByTestId('break-session-key').click()
    await stage.page.getByText('the WeChat sandbox answered 404').waitFor()
    expect(asked(`/__sandbox/users/${encodeURIComponent('小 明?')}/expire-session`)).toHaveLength(1)
  })

  test('no name gives access to the storage of another one', async () => {
    await stage.open('?user=a:b')
    await stage.page.evaluate(() => wx.setStorageSync('key', 'kept'))
    await stage.open('?user=a')
    expect(await stage.page.evaluate(() => wx.getStorageInfoSync().keys)).toEqual([])
  })

  test('an avatar keeps its sky when the panel that drew it first is hidden', async () => {
    await stage.page.setViewportSize({ width: 1000, height: 900 })
    await stage.open()
    await stage.tap('avatar')
    await stage.page.getByTestId('avatar-wechat').waitFor()
    const ids = await stage.page
      .locator('linearGradient')
      .evaluateAll((all) => all.map(({ id }) => id))
    expect(ids.length).toBeGreaterThan(3)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('network and consent can change without a restart', async () => {
    await stage.open('?sdk=2.16.0')
    await stage.page.evaluate(() => {
      wx.onNetworkStatusChange(({ networkType }) => {
        ;(getCurrentPages()[0] as unknown as { say(line: string): void }).say(networkType)
      })
    })
    await control('network-offline').click()
    await stage.said('onReady;none;')
    await stage.tap('request')
    await stage.said('request:fail')
    await control('network-normal').click()
    await control('consent-deny').click()
    await stage.tap('profile')
    await stage.said('auth deny')
  })

  test('the sequence shows every call with its status, and details without secrets', async () => {
    await stage.open()
    await stage.tap('request')
    await stage.said('request 201')
    wechatCalls.push({
      path: '/sns/jscode2session',
      appid: 'wx1',
      at: new Date().toISOString(),
      outcome: 'errcode 40029',
    })
    const asSeen = stage.page.getByTestId('sequence')
    await asSeen.getByText('POST /echo').waitFor()
    await asSeen.getByText('201').waitFor()
    await asSeen.getByText('errcode 40029').waitFor()
    await calls().first().click()
    const details = stage.page.getByTestId('call-details')
    await details.getByText('http://127.0.0.1:3000/echo?a=1').waitFor()
    expect(await details.innerText()).not.toContain('Bearer t')
    await stage.page.keyboard.press('Escape')
    expect(await details.isVisible()).toBe(false)
  })

  test('a restart keeps the sequence; its button clears it', async () => {
    await stage.open()
    await stage.tap('login')
    await calls().nth(1).waitFor()
    await stage.page.getByTestId('restart').click()
    await stage.page.waitForFunction(
      () => document.querySelector('#log')?.textContent === 'onLoad;onShow;onReady;',
    )
    expect(await calls().count()).toBe(2)
    await stage.page.getByTestId('sequence-clear').click()
    expect(await calls().count()).toBe(0)
  })

  test('fault controls reach the sandbox and the BFF', async () => {
    await stage.open()
    await stage.page.getByTestId('break-session-key').click()
    await stage.page.getByText('alice 的 session_key 已过期').waitFor()
    expect(asked('/__sandbox/users/alice/expire-session')).toHaveLength(1)
    await stage.page.getByTestId('break-token').click()
    await stage.page.getByText('还没有 token').waitFor()
    await stage.tap('request')
    await stage.said('request 201')
    await stage.page.getByTestId('break-token').click()
    await stage.page.getByText('token 已在服务端吊销').waitFor()
    const logout = stage.bff.received.find(({ url }) => url === '/v1/logout')
    expect(logout?.headers.authorization).toBe('Bearer t')
    await stage.page.getByTestId('fault-mode').selectOption('hang')
    await stage.page.getByTestId('fault-set').click()
    const active = stage.page.getByTestId('fault-list')
    await active.getByText('/sns/jscode2session 一直不响应').waitFor()
    expect(wechatFaults).toEqual([{ path: '/sns/jscode2session', mode: 'hang' }])
    await stage.open()
    await active.getByText('/sns/jscode2session 一直不响应').waitFor()
    await stage.page.getByTestId('fault-clear').click()
    await stage.page.getByText('已停止模拟').waitFor()
    expect(await active.locator('li').count()).toBe(0)
  })

  test('faults can be set on every path that the sandbox lists', async () => {
    await stage.open()
    const path = stage.page.getByTestId('fault-path')
    await path.locator('option').nth(1).waitFor({ state: 'attached' })
    expect(await path.locator('option').allInnerTexts()).toEqual([
      '登录 /sns/jscode2session',
      '/wxa/getpaidunionid',
    ])
  })

  test('the details of a call stay in their tab', async () => {
    await stage.open()
    await stage.tap('login')
    await calls().first().click()
    const details = stage.page.getByTestId('call-details')
    await details.waitFor()
    await stage.page.getByTestId('tab-console').click()
    expect(await details.isVisible()).toBe(false)
  })

  test('the name of an endpoint is not wrapped in the middle of a word', async () => {
    await stage.open()
    const atMs = Date.now()
    const label = '/wxa/business/getuserphonenumber'
    wechatCalls.push({ path: label, appid: 'wx1', at: new Date(atMs).toISOString(), outcome: 'ok' })
    await stage.tap('request')
    const words = stage.page.getByTestId('sequence').getByText('getuserphonenumber')
    await words.waitFor()
    const lines = await words.evaluate((element) => {
      const name = element.lastChild
      if (name === null) return 0
      const range = document.createRange()
      range.selectNodeContents(name)
      return range.getClientRects().length
    })
    expect(lines).toBe(1)
  })

  test('messages of the controls cover none of them', async () => {
    await stage.page.setViewportSize({ width: 1440, height: 900 })
    await stage.open()
    await stage.page.getByTestId('break-session-key').click()
    await stage.page.getByText('alice 的 session_key 已过期').waitFor()
    const onTop = (id: string) =>
      stage.page.getByTestId(id).evaluate((button) => {
        button.scrollIntoView({ block: 'nearest' })
        const { left, right, top, bottom } = button.getBoundingClientRect()
        return [top + 2, bottom - 2].every(
          (y) => document.elementFromPoint((left + right) / 2, y) === button,
        )
      })
    for (const id of ['restart', 'clear-storage', 'reset-sandbox']) {
      expect([id, await onTop(id)]).toEqual([id, true])
    }
  })

  test('storage and console tabs', async () => {
    await stage.open()
    await stage.page.evaluate(() => wx.setStorageSync('auth', { token: 'secret-token', n: 1 }))
    await stage.page.getByTestId('tab-storage').click()
    const storage = stage.page.getByTestId('storage')
    await storage.getByText('auth', { exact: true }).waitFor()
    expect(await storage.innerText()).not.toContain('secret-token')
    await stage.tap('gap')
    await stage.page.getByTestId('tab-console').click()
    await stage.page.getByTestId('console').getByText('wx.startBluetoothDevicesDiscovery').waitFor()
  })

  test('clearing the storage clears one person only', async () => {
    await stage.open('?user=bob')
    await stage.page.evaluate(() => wx.setStorageSync('key', 'bob'))
    await stage.open('?user=alice')
    await stage.page.evaluate(() => wx.setStorageSync('key', 'alice'))
    await stage.page.getByTestId('clear-storage').click()
    await stage.page.waitForFunction(
      () => typeof wx !== 'undefined' && wx.getStorageSync<string>('key') === '',
    )
    await stage.open('?user=bob')
    expect(await stage.page.evaluate(() => wx.getStorageSync<string>('key'))).toBe('bob')
  })

  test('leaving by the capsule and coming back is a hot start', async () => {
    await stage.open()
    await stage.page.getByTestId('capsule-close').click()
    await stage.page.getByTestId('home-icon').click()
    await stage.said('onReady;onHide;onShow;')
  })

  test('at 360 px the phone fills the window, and the bar opens the rest', async () => {
    await stage.page.setViewportSize({ width: 360, height: 740 })
    await stage.open()
    const box = await stage.page.getByTestId('phone-screen').boundingBox()
    expect(box).toMatchObject({ x: 0, width: 360 })
    const overflow = await stage.page.evaluate(
      () => document.documentElement.scrollWidth - window.innerWidth,
    )
    expect(overflow).toBe(0)
    await stage.page.getByTestId('view-controls').click()
    await control('network-slow').click()
    await stage.page.getByTestId('view-events').click()
    await stage.page.getByTestId('tab-console').click()
    await stage.page.getByTestId('view-phone').click()
    await stage.tap('count')
  })
})
