/** Controls of forms, and what pictures, bars and pressed views show. */
import type { Locator } from 'playwright-core'
import { describeProgram } from './program'

const files = {
  'app.json': JSON.stringify({ pages: ['pages/a/a'] }),
  'app.js': 'App({})',
  'dot.svg': '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="4" />',
  'pages/a/a.wxss': '.pressed { color: rgb(1, 2, 3) }',
  'pages/a/a.wxml': `
    <view id="log">{{log}}</view>
    <form bindsubmit="onSubmit">
      <checkbox-group name="colours" bindchange="onChange">
        <label id="red-label"><checkbox id="red" value="red" checked="{{true}}" />red</label>
        <checkbox id="blue" value="blue" />
        <checkbox id="off" value="off" disabled="{{true}}" />
      </checkbox-group>
      <label id="two-label" for="two">two</label>
      <radio-group name="number" bindchange="onChange">
        <radio id="one" value="1" checked="{{true}}" /><radio id="two" value="2" />
      </radio-group>
      <slider id="slider" name="size" min="10" max="50" step="5" model:value="{{size}}"
        bindchanging="onChange" bindchange="onChange" />
      <view id="size">{{size}}</view>
      <textarea id="note" name="note" maxlength="5" bindinput="onField" bindblur="onField" />
      <input id="secret" name="secret" password maxlength="{{3}}" value="abc"
        bindfocus="onField" bindconfirm="onField" bindblur="onField" bindchange="onField" />
      <input id="number" type="digit" disabled="{{true}}" focus="{{focused}}" />
      <button id="submit" form-type="submit">submit</button>
      <button id="still" disabled="{{true}}">still</button>
      <button id="reset" form-type="reset">reset</button>
    </form>
    <progress id="bar" percent="{{percent}}" active-color="rgb(4, 5, 6)" style="width: 200px" />
    <image id="picture" src="{{picture}}" mode="widthFix" style="width: 80px" bindload="onPicture" binderror="onPicture" />
    <view id="pressed" hover-class="pressed">press</view>`,
  'pages/a/a.js': `
    Page({
      data: { log: '', size: 20, percent: 30, picture: '', focused: false },
      say(line) { this.setData({ log: this.data.log + line + ';' }) },
      onChange({ type, detail }) { this.say(type + ' ' + JSON.stringify(detail.value)) },
      onField({ type, currentTarget, detail }) { this.say(currentTarget.id + ' ' + type + ' ' + detail.value) },
      onSubmit({ detail }) { this.say('submit ' + JSON.stringify(detail.value)) },
      onPicture({ type, detail }) { this.say(type + ' ' + (detail.width + 'x' + detail.height)) },
    })`,
}

describeProgram('controls of forms in the preview', files, (program) => {
  const at = (id: string): Locator => program.page.locator(`#${id}`)
  const said = (line: string) => program.page.locator('#log', { hasText: line }).waitFor()
  const write = (data: object) =>
    program.page.evaluate((given) => getCurrentPages()[0]?.setData(given), data)
  const checked = (...ids: string[]) =>
    Promise.all(ids.map((id) => at(id).getAttribute('aria-checked')))
  const look = (id: string, property: string) =>
    at(id).evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property)

  beforeEach(async () => {
    await at('log').waitFor({ state: 'attached' })
    await write({ log: '' })
  })

  test('checkboxes tell the values of their group; a label taps its own, and a disabled one is left alone', async () => {
    expect(await checked('red', 'blue')).toEqual(['true', 'false'])
    await at('blue').click()
    await said('change ["red","blue"];')
    await at('red-label').click({ position: { x: 40, y: 8 } })
    await said('change ["blue"];')
    await at('off').click({ force: true })
    expect(await checked('red', 'blue', 'off')).toEqual(['false', 'true', 'false'])
  })

  test('of radios one is chosen, also by a label elsewhere; the chosen one is silent', async () => {
    await at('two-label').click()
    await said('change "2";')
    expect(await checked('one', 'two')).toEqual(['false', 'true'])
    await at('two').click()
    await at('one').click()
    await said('change "1";')
    expect(await at('log').innerText()).toBe('change "2";change "1";')
  })

  test('a slider moves by its step and within its ends, and writes its value back', async () => {
    await at('slider').locator('input').press('ArrowRight')
    await said('changing 25;change 25;')
    expect(await at('size').innerText()).toBe('25')
    await at('slider').locator('input').press('End')
    await said('change 50;')
    await at('slider').locator('input').press('Home')
    await said('change 10;')
  })

  test('fields have their length, kind and state, and tell focus, input, change and leaving', async () => {
    await at('note').locator('textarea').pressSequentially('1234567')
    await said('note input 12345;')
    await at('secret').locator('input').focus()
    await said('note blur 12345;secret focus abc;')
    await at('secret').locator('input').fill('xy')
    await at('secret').locator('input').press('Enter')
    await said('secret confirm xy;secret blur xy;secret change xy;')
    const shape = (id: string) =>
      at(id)
        .locator('input')
        .evaluate((field: HTMLInputElement) => [field.type, field.maxLength, field.inputMode])
    expect(await shape('secret')).toEqual(['password', 3, 'text'])
    expect(await shape('number')).toEqual(['text', 140, 'decimal'])
    expect(await at('number').locator('input').isDisabled()).toBe(true)
  })

  test('a form has the values of all its controls, and empties them', async () => {
    await at('submit').click()
    await said('"note":"12345"')
    const [, value = ''] = /submit (\{.*\});/.exec(await at('log').innerText()) ?? []
    expect(JSON.parse(value)).toEqual({
      colours: ['blue'],
      number: '1',
      size: 10,
      note: '12345',
      secret: 'xy',
    })
    await at('reset').click()
    await write({ log: '' })
    await at('submit').click()
    await said('submit {"colours":[],"number":"","size":10,"note":"","secret":""};')
  })

  test('Tab goes from button to button, past a disabled one', async () => {
    await at('submit').focus()
    await program.page.keyboard.press('Tab')
    expect(await program.page.evaluate(() => document.activeElement?.id)).toBe('reset')
  })

  test('a progress bar is as long as its percentage, and no longer than whole', async () => {
    expect(await at('bar').locator('i').boundingBox()).toMatchObject({ width: 60 })
    expect(
      await at('bar')
        .locator('i')
        .evaluate((bar) => getComputedStyle(bar).backgroundColor),
    ).toBe('rgb(4, 5, 6)')
    await write({ percent: 150 })
    expect(await at('bar').getAttribute('aria-valuenow')).toBe('100')
  })

  test('a picture tells its size and keeps its shape, or that it can not be shown', async () => {
    await write({ picture: '/dot.svg' })
    await said('load 8x4;')
    expect(await at('picture').boundingBox()).toMatchObject({ width: 80, height: 40 })
    await write({ picture: '/none.png' })
    await said('error undefinedxundefined;')
  })

  test('a view has its hover-class while it is pressed', async () => {
    const { mouse } = program.page
    const before = await look('pressed', 'color')
    const box = await at('pressed').boundingBox()
    await mouse.move((box?.x ?? 0) + 5, (box?.y ?? 0) + 5)
    await mouse.down()
    expect(await look('pressed', 'color')).toBe('rgb(1, 2, 3)')
    await mouse.up()
    expect(await look('pressed', 'color')).toBe(before)
  })
})
