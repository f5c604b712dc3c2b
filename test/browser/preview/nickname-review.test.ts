/** A nickname that fails WeChat's check, by base library, and a button whose tap agrees to the privacy terms. */
import { describeProgram } from './program'

const files = {
  'app.json': JSON.stringify({ pages: ['pages/a/a'] }),
  'pages/a/a.wxml': `
    <input id="nick" type="nickname" bindblur="log" bindnicknamereview="log" />
    <button id="phone" open-type="getPhoneNumber|agreePrivacyAuthorization"
      bindgetphonenumber="log" bindagreeprivacyauthorization="log">phone</button>
    <view id="log">{{log}}</view>`,
  'pages/a/a.js': `Page({
    data: { log: '' },
    log({ type, detail }) {
      const { pass = '', value = '' } = detail
      this.setData({ log: this.data.log + type + value + pass + ';' })
    },
  })`,
}

describeProgram('what WeChat looks at', files, (program) => {
  const open = async (query: string): Promise<void> => {
    await program.page.goto(new URL(`/?${query}`, program.page.url()).href)
  }
  const log = () => program.page.locator('#log')
  const leaveNickname = async (nickname: string): Promise<void> => {
    await program.page.locator('#nick input').fill(nickname)
    await program.page.locator('#nick input').blur()
  }
  const nickname = () => program.page.locator('#nick input').inputValue()
  const untilEmpty = () =>
    program.page.waitForFunction(
      () => document.querySelector<HTMLInputElement>('#nick input')?.value === '',
    )

  test('a nickname is checked after the field is left, and the page is told', async () => {
    await open('sdk=2.29.1')
    await leaveNickname('违规词')
    expect(await nickname()).toBe('违规词')
    await log().getByText('blur违规词;nicknamereviewfalse;').waitFor()
    expect(await nickname()).toBe('')
    await leaveNickname('小红')
    await log().getByText('blur小红;nicknamereviewtrue;').waitFor()
    expect(await nickname()).toBe('小红')
  })

  test('a base library below 2.29.1 clears the nickname and tells nobody', async () => {
    await open('sdk=2.24.4')
    await leaveNickname('违规词')
    await untilEmpty()
    expect(await log().innerText()).toBe('blur违规词;')
  })

  test('what is typed during the check stays', async () => {
    await open('sdk=2.29.1')
    await leaveNickname('违规词')
    await leaveNickname('小明')
    await log().getByText('blur小明;nicknamereviewtrue;').waitFor()
    expect(await nickname()).toBe('小明')
  })

  test('a base library below 2.24.4 checks nothing', async () => {
    await open('sdk=2.21.2')
    await leaveNickname('违规词')
    await program.page.waitForTimeout(600)
    expect([await nickname(), await log().innerText()]).toEqual(['违规词', 'blur违规词;'])
  })

  test('a tap that is the agreement needs no privacy sheet before the phone number', async () => {
    await open('sdk=3.4.2&privacy=needed&consent=ask')
    await program.page.locator('#phone').click()
    await program.page.getByRole('dialog', { name: '申请获取并验证你的手机号' }).waitFor()
    expect(await program.page.getByRole('dialog').count()).toBe(1)
    expect(await log().innerText()).toBe('agreeprivacyauthorization;')
  })
})
