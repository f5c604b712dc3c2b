/** How the preview runs a mini-program: components, styles, pages, forms, dialogs. */
import { describePreview } from './stage'

describePreview('a mini-program in the preview', (stage) => {
  test('renders lifecycles, data, templates, wxs, lists and conditions', async () => {
    await stage.open()
    expect(await stage.text('log')).toBe('onLoad;onShow;onReady;')
    expect(await stage.text('part')).toBe('from a template')
    expect(await stage.page.locator('.item').allInnerTexts()).toEqual(['a', 'b'])
    expect(await stage.page.locator('#conditional').count()).toBe(0)
    await stage.tap('count')
    await stage.page.locator('#count').focus()
    await stage.page.keyboard.press('Enter')
    await stage.page.locator('#conditional').waitFor()
    expect(await stage.text('doubled')).toBe('4')
    await stage.page.locator('.item').nth(1).click()
    await stage.said('item b;')
  })

  test('a component has its own styles, slot and events', async () => {
    await stage.open()
    await stage.tap('card')
    await stage.said('hello ada;')
    expect(await stage.text('card')).toBe('ada!')
    expect(await stage.page.locator('greeting-card .red').count()).toBe(0)
  })

  test('the mini-program sees no DOM', async () => {
    await stage.open()
    expect(await stage.text('environment')).toBe(
      'undefined,undefined,undefined,undefined hello world',
    )
  })

  test('rpx and themes follow the phone, not the window', async () => {
    await stage.open()
    const width = (id: string): Promise<number> =>
      stage.page.locator(`#${id}`).evaluate((element) => element.getBoundingClientRect().width)
    expect(await width('log')).toBe(187.5)
    expect(await width('part')).toBe(37.5)
    expect(await stage.colour('log')).toBe('rgb(255, 0, 0)')
    await stage.open('?theme=dark')
    expect(await stage.colour('log')).toBe('rgb(0, 0, 255)')
  })

  test('the page stack: a new page hides the old one, back shows it again', async () => {
    await stage.open()
    await stage.tap('next')
    expect(await stage.text('second')).toBe('from first, 2 pages')
    expect(await stage.colour('second')).toBe('rgb(0, 128, 0)')
    await stage.page.getByRole('heading', { name: '第二页' }).waitFor()
    await stage.page.getByRole('button', { name: '返回' }).click()
    await stage.said('onHide;onShow;')
    await stage.tap('next')
    await stage.tap('back')
    await stage.said('onHide;onShow;onHide;onShow;')
  })

  test('a disabled button receives no tap', async () => {
    await stage.open()
    await stage.page.locator('#refused').click({ force: true })
    await stage.page.locator('#refused').dispatchEvent('click')
    await stage.tap('count')
    expect(await stage.text('doubled')).toBe('2')
  })

  test('a form collects its controls once, and resets them', async () => {
    await stage.open()
    await stage.page.locator('#nick input').fill('zoe')
    await stage.page.locator('#bound input').fill('typed')
    expect(await stage.text('bound-text')).toBe('typed')
    await stage.tap('switch')
    await stage.tap('submit')
    await stage.said('submit {"nick":"zoe","bound":"typed","agreed":true} inputs 1;')
    await stage.tap('reset')
    await stage.said('reset;')
    expect(await stage.page.locator('#nick input').inputValue()).toBe('')
  })

  test('modal and toast', async () => {
    await stage.open()
    await stage.tap('modal')
    await stage.page.getByTestId('modal').getByText('继续吗？').waitFor()
    await stage.page.getByTestId('modal-confirm').click()
    await stage.said('modal true;')
    expect(await stage.page.getByTestId('toast').innerText()).toContain('好的')
  })

  test('an API that is not built says so', async () => {
    await stage.open()
    await stage.tap('gap')
    await stage.said('startBluetoothDevicesDiscovery:fail not built in the preview')
    await stage.page.getByTestId('toast').getByText('wx.startBluetoothDevicesDiscovery').waitFor()
    const label = await stage.page
      .locator('#camera')
      .evaluate((element) => getComputedStyle(element, '::before').content)
    expect(label).toContain('camera')
  })

  test('storage is separate for each person and survives a reload', async () => {
    await stage.open('?user=alice')
    await stage.page.evaluate(() => wx.setStorageSync('key', { a: [1] }))
    await stage.open('?user=bob')
    expect(await stage.page.evaluate(() => wx.getStorageSync<unknown>('key'))).toBe('')
    await stage.open('?user=alice')
    expect(await stage.page.evaluate(() => wx.getStorageSync<unknown>('key'))).toEqual({ a: [1] })
    const keys = await stage.page.evaluate(() => Object.keys(localStorage))
    // Another program at the same address has another hash.
    expect(keys).toContainEqual(expect.stringMatching(/^wx:wx5a6dbc0000000001@\w{8}:alice:key$/))
  })
})
