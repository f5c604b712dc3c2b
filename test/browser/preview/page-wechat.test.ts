/** The preview as a stand-in for WeChat: login, profile, phone, avatar, network, base libraries. */
import { createPreview } from '../../../scripts/preview/preview'
import { describePreview } from './stage'

describePreview('WeChat in the preview', (stage) => {
  test('wx.login returns a code of the chosen person', async () => {
    await stage.open('?user=bob')
    await stage.tap('login')
    await stage.said('login:ok code-of-bob;')
  })

  test('getUserProfile: real below 2.27.1, anonymous since then, refused on 拒绝', async () => {
    await stage.open('?sdk=2.16.0')
    await stage.tap('profile')
    await stage.page.getByRole('dialog', { name: '获取你的昵称' }).waitFor()
    await stage.page.getByTestId('consent-allow').click()
    await stage.said('profile alice sealed;')
    await stage.tap('profile')
    await stage.page.getByTestId('consent-deny').click()
    await stage.said('getUserProfile:fail auth deny;')
    await stage.open('?sdk=2.27.1&consent=allow')
    await stage.tap('profile')
    await stage.said('profile 微信用户 sealed;')
  })

  test('getUserProfile requires a tap', async () => {
    await stage.open('?sdk=2.16.0&consent=allow')
    await stage.tap('late-profile')
    await stage.said('getUserProfile:fail can only be invoked by user TAP gesture.')
  })

  test('an API that the base library lacks does not exist', async () => {
    await stage.open('?sdk=2.9.0')
    const seen = await stage.page.evaluate(() => {
      const api = wx as unknown as Record<string, unknown>
      return [
        typeof api['getUserProfile'],
        typeof api['getAppBaseInfo'],
        wx.canIUse('getUserProfile'),
      ]
    })
    expect(seen).toEqual(['undefined', 'undefined', false])
  })

  test('wx.request keeps method, headers, body and status; no request leaves the computer', async () => {
    await stage.open()
    await stage.tap('request')
    await stage.said('request 201')
    const log = await stage.text('log')
    expect(log).toContain('"auth":"Bearer t"')
    expect(log).toContain('"own":"mine"')
    expect(log).toContain('小程序')
    expect(log).toContain(' yes;')
    stage.consoleErrors.splice(0)
    await stage.tap('outside')
    await stage.said('request:fail url not in domain list 600002')
    // The browser itself logs the 403.
    stage.consoleErrors.splice(0)
  })

  test('offline: requests and logins call their fail callback', async () => {
    await stage.open('?network=offline')
    await stage.tap('request')
    await stage.said('request:fail errcode:-106')
    await stage.tap('login')
    await stage.said('login:fail')
  })

  test('an avatar from the album is uploaded as multipart', async () => {
    await stage.open()
    await stage.tap('avatar')
    await stage.page.getByTestId('avatar-album').click()
    await stage.page.getByTestId('album-1').click()
    await stage.said('upload 201 at 100 ')
    const upload = stage.bff.received.find(({ url }) => url === '/upload')
    expect(upload?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/)
    expect(upload?.body).toContain('name="kind"')
    expect(upload?.body).toContain('name="avatar"; filename=')
    expect(upload?.body).toContain('\u00ff\u00d8\u00ff')
  })

  test('a slow network reports the progress of an upload', async () => {
    await stage.open('?network=slow')
    await stage.tap('avatar')
    await stage.page.getByTestId('avatar-wechat').click()
    await stage.said('upload 201 at 20,40,60,80,100 ')
  })

  test('a picture that fails the content check fires no event', async () => {
    await stage.open()
    await stage.tap('avatar')
    await stage.page.getByTestId('avatar-album').click()
    await stage.page.getByTestId('album-8').click()
    await stage.said('onHide;onShow;')
    expect(await stage.text('log')).not.toContain('avatar ')
  })

  test('the phone button returns a code, or a refusal', async () => {
    await stage.open()
    await stage.tap('phone')
    await stage.page.getByTestId('consent-deny').click()
    await stage.said('getPhoneNumber:fail user deny -;')
    await stage.tap('phone')
    await stage.page.getByTestId('consent-allow').click()
    await stage.said('getPhoneNumber:ok phone-of-alice;')
    await stage.open('?sdk=2.16.0&consent=allow')
    await stage.tap('phone')
    await stage.said('getPhoneNumber:ok -;')
  })

  test('the nickname bar', async () => {
    await stage.open('?user=dora')
    await stage.page.locator('#nick input').click()
    await stage.page.getByTestId('nickname-suggestion').click()
    expect(await stage.page.locator('#nick input').inputValue()).toBe('dora')
    await stage.open('?sdk=2.16.0')
    await stage.page.locator('#nick input').click()
    expect(await stage.page.getByTestId('nickname-bar').count()).toBe(0)
  })

  test('privacy: asks before personal data, remembers a refusal, and keeps nicknames plain text', async () => {
    await stage.open('?privacy=needed')
    await stage.page.locator('#nick input').click()
    expect(await stage.page.getByTestId('nickname-bar').count()).toBe(0)
    await stage.tap('phone')
    await stage.page.getByRole('dialog', { name: '用户隐私保护提示' }).waitFor()
    await stage.page.getByTestId('consent-deny').click()
    await stage.said('getPhoneNumber:fail privacy permission is not authorized')
    await stage.open('?privacy=needed')
    await stage.tap('phone')
    await stage.page.getByTestId('consent-allow').click()
    await stage.page.getByRole('dialog', { name: '申请获取并验证你的手机号' }).waitFor()
    await stage.page.getByTestId('consent-allow').click()
    await stage.said('getPhoneNumber:ok phone-of-alice;')
    await stage.open('?privacy=needed&sdk=2.30.0&consent=allow')
    await stage.tap('phone')
    await stage.said('getPhoneNumber:ok phone-of-alice;')
  })

  test('without a sandbox wx.login fails and says how to start one', async () => {
    const lonely = createPreview({
      dir: 'test/support/fixtures/preview-app',
      appid: 'wx5a6dbc0000000001',
      liveReload: false,
    })
    const { url } = await lonely.listen()
    await stage.page.goto(url)
    await stage.tap('login')
    await stage.said('login:fail no WeChat sandbox is configured: start one with npm run sandbox')
    await stage.page.goto('about:blank')
    await lonely.close()
  })
})
