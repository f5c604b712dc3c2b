/** `<movable-view>`: dragged, bound to its area, scaled, gliding. */
import type { Locator } from 'playwright-core'
import { describeProgram } from './program'

const view = (id: string, attributes: string) =>
  `<movable-view id="${id}" ${attributes} style="width: 20px; height: 20px; background: #e33" bindchange="onMove" />`

const files = {
  'app.json': JSON.stringify({ pages: ['pages/a/a'] }),
  'app.js': 'App({})',
  'pages/a/a.wxml': `
    <view id="x">{{x}}</view>
    <movable-area style="width: 200px; height: 100px; background: #ddd">
      <movable-view id="moved" direction="all" model:x="{{x}}" y="10" animation="{{animated}}" style="width: 50px; height: 50px; background: #07c160"
        bindchange="onMove" bindhtouchmove="onBegin" bindvtouchmove="onBegin">
        <view>m</view>
      </movable-view>
      ${view('fixed', 'direction="horizontal"')}
    </movable-area>
    <movable-area style="width: 200px; height: 30px; background: #ddd">
      ${view('upright', 'direction="vertical"')}
    </movable-area>
    <movable-area style="width: 200px; height: 30px; background: #ddd">
      ${view('disabled', 'direction="all" disabled="{{true}}"')}
    </movable-area>
    <movable-area style="width: 200px; height: 30px; background: #ddd">
      ${view('free', 'direction="all" out-of-bounds')}
    </movable-area>
    <movable-area style="width: 200px; height: 100px; background: #ddd">
      ${view('large', 'direction="all" scale scale-max="3" scale-value="{{scale}}" bindscale="onScale"')}
    </movable-area>
    <movable-area style="width: 300px; height: 30px; background: #ddd">
      ${view('gliding', 'direction="horizontal" inertia="{{glides}}" friction="{{friction}}"')}
    </movable-area>`,
  'pages/a/a.js': `
    Page({
      data: { x: 0, scale: 1, animated: true, glides: true, friction: 2 },
      moves: [],
      onMove({ currentTarget, detail }) { this.moves.push({ id: currentTarget.id, ...detail }) },
      onBegin({ type }) { this.began = type },
      onScale({ detail }) { this.scaled = detail },
    })`,
}

type Point = [x: number, y: number]
interface Move {
  id: string
  x: number
  y: number
  source: string
}
interface Members {
  moves: Move[]
  began: string
  scaled: object
}

describeProgram('movable views in the preview', files, (program) => {
  const at = (id: string): Locator => program.page.locator(`#${id}`)
  const write = (data: object) =>
    program.page.evaluate((given) => getCurrentPages()[0]?.setData(given), data)
  const read = <T extends keyof Members>(name: T): Promise<Members[T]> =>
    program.page.evaluate(
      (key) => (getCurrentPages()[0] as unknown as Members)[key] as Members[T],
      name,
    )
  const lastOf = async (id: string) => (await read('moves')).findLast((move) => move.id === id)
  const placeOf = (id: string) =>
    at(id).evaluate((element) => {
      const { m11, m41, m42 } = new DOMMatrix(getComputedStyle(element).transform)
      return [m41, m42, m11]
    })
  const until = (id: string, x: number, y: number, scale = 1) =>
    program.page.waitForFunction(
      ([selector, wanted]) => {
        const style = getComputedStyle(document.querySelector(selector)!)
        const { m11, m41, m42 } = new DOMMatrix(style.transform)
        return `${m41} ${m42} ${m11}` === wanted
      },
      [`#${id}`, `${x} ${y} ${scale}`] as const,
    )

  async function press(id: string): Promise<Point> {
    const box = await at(id).boundingBox()
    const [x, y] = [(box?.x ?? 0) + 10, (box?.y ?? 0) + 10]
    await program.page.mouse.move(x, y)
    await program.page.mouse.down()
    return [x, y]
  }

  async function drag(id: string, [dx, dy]: Point): Promise<void> {
    const { mouse } = program.page
    const [x, y] = await press(id)
    await mouse.move(x + dx / 2, y + dy / 2)
    await mouse.move(x + dx, y + dy)
    await mouse.up()
  }

  /** In one task of the page, at times of its own clock: a mouse from outside is slow on a busy machine. */
  const flick = (id: string, px: number) =>
    at(id).evaluate((element, distance) => {
      const now = performance.now()
      const clock = performance.now.bind(performance)
      const send = (type: string, x: number, atMs: number) => {
        performance.now = () => now - 50 + atMs
        element.dispatchEvent(new MouseEvent(type, { bubbles: true, clientX: x, clientY: 0 }))
      }
      send('mousedown', 0, 0)
      for (const part of [1, 2, 3, 4, 5]) send('mousemove', (distance * part) / 5, part * 10)
      send('mouseup', distance, 50)
      performance.now = clock
    }, px)

  test('follows the mouse, inside of its area, and tells where it is', async () => {
    await drag('moved', [60, 20])
    expect(await lastOf('moved')).toEqual({ id: 'moved', x: 60, y: 30, source: 'touch' })
    expect(await read('began')).toBe('htouchmove')
    expect(await at('x').innerText()).toBe('60')
    await drag('moved', [10, -300])
    expect(await read('began')).toBe('vtouchmove')
    await drag('moved', [900, 0])
    expect(await lastOf('moved')).toEqual({ id: 'moved', x: 150, y: 0, source: 'touch' })
    expect(await placeOf('moved')).toEqual([150, 0, 1])
  })

  test('moves in its direction only, and not when it is disabled', async () => {
    await drag('fixed', [30, 30])
    await drag('upright', [30, 10])
    await drag('disabled', [30, 10])
    expect(await placeOf('fixed')).toEqual([30, 0, 1])
    expect(await placeOf('upright')).toEqual([0, 10, 1])
    expect(await placeOf('disabled')).toEqual([0, 0, 1])
  })

  test('goes where setData says, at once when it is not animated', async () => {
    const placeAfter = (x: number) =>
      program.page.evaluate((to) => {
        getCurrentPages()[0]?.setData({ x: to })
        return new DOMMatrix(getComputedStyle(document.querySelector('#moved')!).transform).m41
      }, x)
    expect(await placeAfter(20)).toBe(150)
    await until('moved', 20, 0)
    expect(await lastOf('moved')).toEqual({ id: 'moved', x: 20, y: 0, source: '' })
    await write({ animated: false })
    expect(await placeAfter(90)).toBe(90)
    expect(await placeAfter(900)).toBe(150)
  })

  test('leaves its area while it is held with out-of-bounds, and comes back', async () => {
    const [x, y] = await press('free')
    await program.page.mouse.move(x - 40, y + 5)
    expect(await lastOf('free')).toEqual({
      id: 'free',
      x: -40,
      y: 5,
      source: 'touch-out-of-bounds',
    })
    await program.page.mouse.up()
    expect(await lastOf('free')).toEqual({ id: 'free', x: 0, y: 5, source: 'out-of-bounds' })
    await until('free', 0, 5)
  })

  test('is scaled around its middle, up to its limit', async () => {
    await write({ scale: 2 })
    await until('large', 10, 10, 2)
    expect(await read('scaled')).toEqual({ x: 0, y: 0, scale: 2 })
    await write({ scale: 9 })
    await until('large', 20, 20, 3)
  })

  test('glides on when it is let go with inertia, less far with more friction', async () => {
    await flick('gliding', 20)
    // 0.4 px/ms, of which 0.002 are lost each ms.
    await until('gliding', 60, 0)
    expect(await lastOf('gliding')).toEqual({ id: 'gliding', x: 60, y: 0, source: 'friction' })
    await write({ friction: 8 })
    await flick('gliding', 20)
    await until('gliding', 90, 0)
    await write({ friction: -1 })
    await flick('gliding', 20)
    await until('gliding', 150, 0)
    await flick('gliding', 100)
    await until('gliding', 280, 0)
    await write({ glides: false })
    await flick('gliding', -20)
    expect(await placeOf('gliding')).toEqual([260, 0, 1])
  })

  test('a glide ends when it is held again', async () => {
    await write({ glides: true, friction: 0.5 })
    await flick('gliding', -40)
    await program.page.waitForFunction(() => {
      const { m41 } = new DOMMatrix(getComputedStyle(document.querySelector('#gliding')!).transform)
      return m41 < 215
    })
    await at('gliding').dispatchEvent('mousedown', { clientX: 0, clientY: 0 })
    const [held] = await placeOf('gliding')
    await program.page.evaluate(() => new Promise((done) => setTimeout(done, 100)))
    expect((await placeOf('gliding'))[0]).toBe(held)
    await at('gliding').dispatchEvent('mouseup', { clientX: 0, clientY: 0 })
  })
})
