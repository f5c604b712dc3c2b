/** The dark theme: WeChat's overlays are dark too, and readable. */
import type { Locator } from 'playwright-core'
import { describePreview } from './stage'

describePreview('the dark theme', (stage) => {
  /** Lightness of background and text, 0 to 255. */
  const lightness = (place: Locator) =>
    place.evaluate((element) => {
      const { backgroundColor, color } = getComputedStyle(element)
      const of = (text: string) => Math.max(...(text.match(/\d+/g) ?? []).slice(0, 3).map(Number))
      return { surface: of(backgroundColor), text: of(color) }
    })
  const expectDark = async (testid: string) => {
    const { surface, text } = await lightness(stage.page.getByTestId(testid))
    expect({ testid, isDark: surface < 80, isReadable: text > surface + 100 }).toEqual({
      testid,
      isDark: true,
      isReadable: true,
    })
  }
  const show = (id: string, testid: string) =>
    stage.tap(id).then(() => stage.page.getByTestId(testid).waitFor())
  const press = (testid: string) => stage.page.getByTestId(testid).click()

  test("WeChat's sheets, dialogs and bars are dark", async () => {
    await stage.open('?theme=dark')
    await stage.page.locator('#nick input').click()
    for (const part of ['nickname-bar', 'nickname-suggestion']) await expectDark(part)
    await show('modal', 'modal')
    for (const part of ['modal', 'modal-cancel']) await expectDark(part)
    expect((await lightness(stage.page.getByTestId('modal-confirm'))).text).toBeGreaterThan(130)
    await press('modal-confirm')
    await show('avatar', 'avatar-sheet')
    for (const part of ['avatar-sheet', 'avatar-wechat', 'avatar-cancel']) await expectDark(part)
    await press('avatar-album')
    for (const part of ['album', 'album-cancel']) await expectDark(part)
    await press('album-cancel')
    await press('capsule-menu')
    for (const part of ['action-sheet', 'action-0', 'action-cancel']) await expectDark(part)
    await press('action-cancel')
    await show('phone', 'consent-sheet')
    for (const part of ['consent-sheet', 'consent-deny']) await expectDark(part)
  })

  test('they are light for a mini-program in the light theme', async () => {
    await stage.open('?theme=light')
    await show('modal', 'modal')
    expect(await lightness(stage.page.getByTestId('modal'))).toEqual({ surface: 255, text: 0 })
  })

  test('the panels follow the theme of the system', async () => {
    await stage.page.emulateMedia({ colorScheme: 'dark' })
    await stage.open()
    const lightness = (selector: string) =>
      stage.page
        .locator(selector)
        .first()
        .evaluate((element) => {
          const { backgroundColor } = getComputedStyle(element)
          return Math.max(...(backgroundColor.match(/\d+/g) ?? ['255']).slice(0, 3).map(Number))
        })
    for (const part of ['.pv-side-left', '.pv-side-right', '.pv-action-button', 'select']) {
      expect([part, (await lightness(part)) < 90]).toEqual([part, true])
    }
    // The phone has its own theme.
    expect(await lightness('.pv-screen')).toBeGreaterThan(200)
  })
})
